/**
 * The admin API in memory: lists that a test gives, claims and decisions as the real server makes them, and a note of
 * every call. What it says can be replaced by the call, to refuse or to wait.
 * @module
 */
import type { Api } from "../../admin-tui/api.ts";
import { isOpen } from "../../admin-tui/screens/reports/rows.ts";
import type {
  AppealRow,
  BlockRow,
  PersonRow,
  ReportRow,
  ResolveBody,
  SanctionRow,
  VerdictBody,
} from "../../admin-tui/wire.ts";
import { ANA, blockDetail, dossier, MODERATION_STATS, peopleOf, reportDetail, sanction } from "./fixtures.ts";

/** One call that was made. */
export interface Call {
  /** `reports.claim` */
  readonly name: string;
  readonly args: readonly unknown[];
}

/** What the server has. */
export interface ServerData {
  readonly reports?: readonly ReportRow[];
  readonly blocks?: readonly BlockRow[];
  readonly people?: readonly PersonRow[];
  readonly appeals?: readonly AppealRow[];
  /** Bans that wait for a second person. */
  readonly waiting?: readonly SanctionRow[];
}

/** Answers in place of the usual ones, by name. */
export type Answers = Readonly<Record<string, (...args: never[]) => unknown>>;

/** See {@link createMemoryServer}. */
export interface MemoryServer {
  readonly api: Api;
  /** Every call, the oldest first. */
  readonly calls: readonly Call[];
  /** Names of the calls that change something. */
  changes(): string[];
  /** Answers differently from now on. */
  answer(answers: Answers): void;
  report(id: string): ReportRow;
  /** Somebody else changes a report. */
  change(id: string, facts: Partial<ReportRow>): void;
}

interface MemoryServerOptions extends ServerData {
  readonly answers?: Answers;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const LEASE_MS = 10 * 60_000;
const READS = /^(profile|stats|ping|moderationStats|[a-z]+\.(list|show|search|awaiting))$/;

/** @returns The server. */
export function createMemoryServer({ answers = {}, now, ...data }: MemoryServerOptions): MemoryServer {
  const reports = new Map((data.reports ?? []).map((row) => [row.id, row]));
  const { blocks = [], people = [], waiting = [] } = data;
  const calls: Call[] = [];
  const appeals = new Map((data.appeals ?? []).map((row) => [row.id, row]));
  const appeal = (id: string, facts: Partial<AppealRow>) => {
    const row = { ...appeals.get(id)!, ...facts };
    appeals.set(id, row);
    return row;
  };
  /** Reports that were decided together. */
  const decided: string[][] = [];
  let replaced: Answers = answers;

  function change(id: string, facts: Partial<ReportRow>): ReportRow {
    const row = { ...report(id), ...facts };
    reports.set(id, row);
    return row;
  }

  function report(id: string): ReportRow {
    const row = reports.get(id);
    if (!row) throw new Error(`There is no report ${id}`);
    return row;
  }

  /** The open reports about the same person that nobody else holds. */
  function freeBesides(id: string): string[] {
    return [...reports.values()]
      .filter((row) => row.reported.id === report(id).reported.id && row.id !== id)
      .filter((row) => isOpen(row) && (row.claim === null || row.claim.by.id === ANA.id))
      .map((row) => row.id);
  }

  const until = () => new Date(now() + LEASE_MS).toISOString();
  const page = <Row>(rows: readonly Row[]) => ({ rows, cursor: null });
  const block = (id: string) => blocks.find((row) => row.id === id)!;

  const usual: Answers = {
    profile: () => ({ ...ANA, role: "moderator" }),
    stats: () => new Promise(() => {}),
    ping: () => new Promise(() => {}),
    moderationStats: () => MODERATION_STATS,
    "reports.list": () => page([...reports.values()]),
    "reports.show": (id: string, { reveal }: { reveal: boolean }) => reportDetail(report(id), { reveal }),
    "reports.claim": (id: string) => change(id, { status: "reviewed", claim: { by: ANA, until: until() } }),
    "reports.release": (id: string) => change(id, { claim: null }),
    "reports.note": (_: string, text: string) => ({ id: "note", author: ANA, text }),
    "reports.resolve": (id: string, body: ResolveBody) => {
      const { decision, action, reason, scope = "report", except = [] } = body;
      const also = scope === "person" ? freeBesides(id).filter((one) => !except.includes(one)) : [];
      const resolution = { action, reason, by: ANA, at: new Date(now()).toISOString() };
      for (const one of [id, ...also]) change(one, { status: decision, claim: null, resolution });
      decided.push([id, ...also]);
      return { report: report(id), also, sanction: null };
    },
    "reports.pictureLink": (_: string, mediaId: string) => `https://vibes.example/evidence/${mediaId}`,
    "reports.undo": (id: string) => {
      const together = decided.find((ids) => ids.includes(id)) ?? [id];
      const open = { status: "reviewed", resolution: null, claim: { by: ANA, until: until() } } as const;
      for (const one of together) change(one, open);
      return { report: report(id), also: together.filter((one) => one !== id), lifted: [] };
    },
    "people.list": ({ reported_id }: { reported_id?: string }) =>
      page(
        peopleOf([...reports.values()]).filter(({ id }) => reported_id === undefined || id === reported_id),
      ),
    "people.claim": (id: string) => {
      const also = freeBesides(id);
      for (const one of [id, ...also])
        change(one, { status: "reviewed", claim: { by: ANA, until: until() } });
      return { report: report(id), also };
    },
    "people.release": (id: string) => {
      const also = freeBesides(id);
      for (const one of [id, ...also]) change(one, { claim: null });
      return { report: report(id), also };
    },
    "appeals.list": () => page([...appeals.values()]),
    "appeals.claim": (id: string) => appeal(id, { claim: { by: ANA, until: until() } }),
    "appeals.release": (id: string) => appeal(id, { claim: null }),
    "appeals.decide": (id: string, { decision, reason }: VerdictBody) =>
      appeal(id, {
        status: decision,
        claim: null,
        decision: { by: ANA, reason, at: new Date(now()).toISOString() },
      }),
    "blocks.list": () => page(blocks),
    "blocks.show": (id: string) => blockDetail(block(id)),
    "blocks.lift": () => ({}),
    "blocks.uphold": (id: string) =>
      blockDetail(block(id), { upheld: { by: ANA, at: new Date(now()).toISOString() } }),
    "users.search": () => page(people),
    "users.show": (id: string) => dossier(people.find((row) => row.id === id) ?? { id, name: "somebody" }),
    "users.sanction": () => sanction(),
    "users.lift": () => sanction({ state: "lifted" }),
    "users.confirm": () => sanction({ kind: "ban", permanent: true }),
    "users.dismissReports": (id: string) => {
      const dismissed = [...reports.values()].filter((row) => row.reporter.id === id && isOpen(row));
      for (const row of dismissed) change(row.id, { status: "dismissed" });
      decided.push(dismissed.map((row) => row.id));
      return { dismissed: dismissed.map((row) => row.id), left: 0 };
    },
    "users.awaiting": () => page(waiting),
    "audit.list": () => page([]),
  };

  const call =
    (name: string) =>
    async (...args: never[]) => {
      calls.push({ name, args });
      return await (replaced[name] ?? usual[name])?.(...args);
    };
  const api: Record<string, unknown> = {};
  for (const name of Object.keys(usual)) {
    const [group = "", method] = name.split(".");
    if (method === undefined) api[group] = call(name);
    else api[group] = { ...(api[group] as object | undefined), [method]: call(name) };
  }

  return {
    api: api as unknown as Api,
    calls,
    changes: () => calls.map(({ name }) => name).filter((name) => !READS.test(name)),
    answer(more) {
      replaced = { ...replaced, ...more };
    },
    report,
    change: (id, facts) => void change(id, facts),
  };
}
