/**
 * The commands of plain mode that only read: people, blocks, the audit log, the numbers.
 * @module
 */
import type { Api } from "../api.ts";
import { age, count, day, duration, handle, isId, words } from "../format.ts";
import { percent } from "../screens/live/moderation.ts";
import { dossierLines } from "../screens/users/spec.ts";
import { textOf } from "../spans.ts";
import type { ModerationStats } from "../wire.ts";

/** For the help. */
export const LOOKUPS = [
  "users <name|address|id>  look somebody up; an id gives the dossier",
  "blocks, audit, stats     the newest blocks, the newest entries, the numbers now",
  "moderation [from] [to]   how moderation worked: the last 30 days, or 2026-01-01 2026-02-01",
];

interface LookUp {
  readonly rest: string;
  readonly api: Api;
  readonly now: number;
}

/** @returns The lines, or null when there is no such command. */
export async function lookUp(name: string, { rest, api, now }: LookUp): Promise<string[] | null> {
  switch (name) {
    case "users":
      return await users({ rest, api, now });
    case "blocks": {
      const { rows } = await api.blocks.list({ limit: 20 });
      return orNone(
        rows.map(
          ({ id, blocker, blocked, created_at }) =>
            `${handle("B", id)} ${blocker.name} blocks ${blocked.name}, ${age(created_at, now)} ago`,
        ),
      );
    }
    case "audit": {
      const { rows } = await api.audit.list({ limit: 20 });
      return orNone(
        rows.map(
          ({ seq, actor, action, target, created_at }) =>
            `${seq}. ${actor.name ?? actor.id}: ${words(action)}, ${target.type} ${target.id}, ${age(created_at, now)} ago`,
        ),
      );
    }
    case "stats": {
      const stats = await api.stats();
      const { p50 = "unknown", p99 = "unknown" } = stats.delivery_ms ?? {};
      return [
        `Open reports ${count(stats.reports.open)}, overdue ${count(stats.reports.overdue)}, bans to confirm ${count(stats.reports.awaiting_confirmation)}.`,
        `People online ${count(stats.users_online)}, connections ${count(stats.connections)} on ${stats.nodes.length} nodes.`,
        `Messages a second ${count(stats.messages_per_second)}, delivery p50 ${p50} ms, p99 ${p99} ms.`,
      ];
    }
    case "moderation": {
      const [from, to] = rest.split(/\s+/).filter(Boolean);
      const query = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
      return moderationText(await api.moderationStats(query), now);
    }
    default:
      return null;
  }
}

function moderationText(stats: ModerationStats, now: number): string[] {
  const { oldest_open_at, handling_seconds: handling, reports_per_1000_conversations: per } = stats;
  const decided = ({ decisions, overturn_rate }: Pick<ModerationStats, "decisions" | "overturn_rate">) =>
    `${count(decisions)} decisions, overturned ${share(overturn_rate)}`;
  const oldest = oldest_open_at ? `, the oldest for ${age(oldest_open_at, now)}` : "";
  const times = handling
    ? `p50 ${duration(handling.p50 * 1000)}, p95 ${duration(handling.p95 * 1000)}`
    : "unknown";
  return [
    `From ${day(stats.from)} to ${day(stats.to)}: filed ${count(stats.filed)}, ${decided(stats)}.`,
    `Open now ${count(stats.open)}${oldest}.`,
    `Handled in ${times}; in time ${share(stats.sla_hit_rate)}.`,
    `Reports per 1,000 conversations ${per === null ? "unknown" : count(per)}.`,
    ...stats.by_moderator.map((each) => `Moderator ${each.name ?? "gone"}: ${decided(each)}.`),
    ...stats.by_reason
      .filter(({ decisions }) => decisions > 0)
      .map((each) => `${words(each.reason)}: ${decided(each)}.`),
  ];
}

function share(rate: number | null): string {
  return rate === null ? "unknown" : percent(rate);
}

async function users({ rest, api, now }: LookUp): Promise<string[]> {
  if (rest === "") return ["Not done: say whom to look up."];
  if (isId(rest)) {
    return dossierLines(await api.users.show(rest), { width: 100, now, me: undefined }).map((each) =>
      textOf(each).trimEnd(),
    );
  }
  const { rows } = await api.users.search(rest, {});
  return orNone(
    rows.map(
      ({ id, name, age: years, country, open_reports }) =>
        `${name}, ${years}, ${country}, open reports ${open_reports}, ${id}`,
    ),
  );
}

function orNone(lines: string[]): string[] {
  return lines.length === 0 ? ["None."] : lines;
}
