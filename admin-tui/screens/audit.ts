/**
 * The audit screen: what staff did, newest first. Nothing can be changed here.
 * @module
 */
import { fit, wrap } from "../cells.ts";
import type { Desk } from "../desk/desk.ts";
import { age, dateTime, handle, isId, words } from "../format.ts";
import { ListController } from "../list_screen/controller.ts";
import { drawListScreen, listFacts } from "../list_screen/draw.ts";
import type { DrawOptions, ListSpec } from "../list_screen/spec.ts";
import type { Filter, FilterProblem } from "../list_screen/state.ts";
import { sanitise } from "../sanitise.ts";
import { bold, EMPTY, type Line, label, labelled, line, toned } from "../spans.ts";
import type { AuditRow } from "../wire.ts";
import type { Screen } from "./screen.ts";

const LETTERS = { report: "R", block: "B", user: "U", sanction: "S", appeal: "A" } as const;
const TARGETS = Object.keys(LETTERS);

export const auditSpec: ListSpec<AuditRow, never> = {
  name: "audit",
  what: "the audit log",
  filterHint:
    "actor:me|<id> target:report|block|user|sanction|<id> · other words are searched in actions and names",
  parse: parseFilter,
  read: (desk, query) => desk.api.audit.list(query),
  readDetail: null,
  copied: ({ target }) => target.id,
  title: () => "Audit",
  empty: (isFiltered) =>
    isFiltered
      ? ["No entry fits the filter", "esc takes the filter away"]
      : ["Nothing yet", "every act of the staff is written here"],
  heading,
  row: drawRow,
  detailTitle: ({ seq }) => `entry ${seq}`,
  detail: (row, _, options) => drawEntry(row, options),
  actions: [],
};

/** @returns The screen. */
export function createAudit(desk: Desk): Screen {
  const list = new ListController(desk, auditSpec);
  return {
    keys: { audit: {}, list: list.keys },
    draw: (state) => drawListScreen(state, auditSpec),
    facts: (state) => listFacts(state, auditSpec),
    enter: () => list.enter(),
    refresh: () => void list.refresh(),
    command: (name, rest) => list.command(name, rest),
  };
}

/** `actor:me target:report action:claimed`. @param me Whose id `actor:me` is. */
function parseFilter(text: string, me: string | undefined): Filter<AuditRow> | FilterProblem {
  const query: Record<string, string> = {};
  const wanted: string[] = [];
  for (const token of text.split(/\s+/).filter(Boolean)) {
    const [, key, value = ""] = /^([a-z]+):(.*)$/i.exec(token) ?? [];
    if (key === undefined) wanted.push(token.toLowerCase());
    else if (key === "actor" && value === "me" && me !== undefined) query.actor_id = me;
    else if (key === "actor" && isId(value)) query.actor_id = value;
    else if (key === "actor" || key === "action") wanted.push(value.toLowerCase());
    else if (key === "target" && TARGETS.includes(value)) query.target_type = value;
    else if (key === "target" && isId(value)) query.target_id = value;
    else
      return { problem: `a filter is actor:, action: or target: with one of ${TARGETS.join(", ")} or an id` };
  }
  const lets = ({ action, actor, target }: AuditRow) => {
    const all = `${action} ${target.type} ${target.id} ${sanitise(actor.name ?? "")}`.toLowerCase();
    return wanted.every((word) => all.includes(word));
  };
  return { text, query, lets, search: [] };
}

/** Sign, seq, target and age with the blanks around them. */
const FIXED = 26;

function columnsOf(width: number) {
  const room = Math.max(20, width - FIXED);
  const actor = Math.floor(room * 0.35);
  return { actor, action: room - actor };
}

function heading(width: number): Line {
  const { actor, action } = columnsOf(width);
  const parts = [fit("SEQ", 6, "right"), fit("WHO", actor), fit("WHAT", action), fit("TARGET", 8)];
  return [toned("muted", `   ${parts.join(" ")}${fit("AGE", 5, "right")}`)];
}

function drawRow(row: AuditRow, { width, now }: DrawOptions): Line {
  const { actor, action } = columnsOf(width);
  return line(
    `   ${fit(String(row.seq), 6, "right")} `,
    fit(sanitise(row.actor.name ?? handle("U", row.actor.id)), actor),
    " ",
    toned(/imposed|confirmed/.test(row.action) ? "warn" : "plain", fit(words(row.action), action)),
    ` ${targetOf(row)}`,
    fit(age(row.created_at, now), 5, "right"),
  );
}

function drawEntry(row: AuditRow, { width, now }: DrawOptions): Line[] {
  const { actor, target, reason, before, after, created_at, hash } = row;
  return [
    line(label("what"), bold(words(row.action))),
    line(label("who"), `${sanitise(actor.name ?? "deleted")}  ${handle("U", actor.id)}`),
    line(label("when"), `${dateTime(created_at)}  ${age(created_at, now)} ago`),
    line(label("target"), `${target.type}  ${targetOf(row)}`),
    line(toned("muted", `          ${target.id}`)),
    ...(reason === null ? [] : labelled("reason", reason, width)),
    EMPTY,
    line(bold("BEFORE", "accent"), before ? "" : "  nothing"),
    ...drawFacts(before, width),
    line(bold("AFTER", "accent"), after ? "" : "  nothing"),
    ...drawFacts(after, width),
    EMPTY,
    line(bold("HASH", "accent"), "  over this entry and the one before"),
    ...wrap(hash, Math.max(10, width - 3)).map((part) => line(toned("muted", `   ${part}`))),
  ];
}

function targetOf({ target }: AuditRow): string {
  return handle(LETTERS[target.type], target.id);
}

function drawFacts(facts: AuditRow["before"], width: number): Line[] {
  return Object.entries(facts ?? {}).flatMap(([name, value]) => {
    const text = sanitise(typeof value === "string" ? value : JSON.stringify(value));
    return wrap(`${sanitise(words(name))}: ${text}`, Math.max(10, width - 3)).map((part) =>
      line(`   ${part}`),
    );
  });
}
