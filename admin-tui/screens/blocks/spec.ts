/**
 * The blocks as a list-and-detail screen: the filter line, rows, a block's page. Pure.
 * @module
 */
import { fit } from "../../cells.ts";
import { age, counted, dateTime, handle, outcomeWords, words } from "../../format.ts";
import type { DrawOptions, ListSpec } from "../../list_screen/spec.ts";
import type { Filter, FilterProblem } from "../../list_screen/state.ts";
import { sanitise } from "../../sanitise.ts";
import { bold, EMPTY, type Line, label, line, toned } from "../../spans.ts";
import type { BlockDetail, BlockRow } from "../../wire.ts";

export const blocksSpec: ListSpec<BlockRow, BlockDetail> = {
  name: "blocks",
  what: "the blocks",
  filterHint: "user:<id> upheld:yes|no · other words are names",
  parse: parseFilter,
  read: (desk, query) => desk.api.blocks.list(query),
  readDetail: (desk, id) => desk.api.blocks.show(id),
  copied: ({ id }) => id,
  title: () => "Blocks",
  empty: (isFiltered) =>
    isFiltered
      ? ["No block fits the filter", "esc takes the filter away"]
      : ["No blocks", "Nobody blocks anybody"],
  heading,
  row: drawRow,
  detailTitle: ({ id, upheld }) => `${handle("B", id)}  ${upheld ? "UPHELD" : "BLOCK"}`,
  detail: (row, detail, options) =>
    detail ? [...drawHead(detail, options), ...drawMore(detail, options)] : drawHead(row, options),
  actions: [line(" ", bold("[l]"), " lift…  ", bold("[h]"), " uphold…")],
};

/** `user:<id> upheld:no mia`. */
function parseFilter(text: string): Filter<BlockRow> | FilterProblem {
  const query: Record<string, string> = {};
  const names: string[] = [];
  for (const token of text.split(/\s+/).filter(Boolean)) {
    const [, key, value = ""] = /^([a-z]+):(.*)$/i.exec(token) ?? [];
    if (key === undefined) names.push(token.toLowerCase());
    else if (key === "user" && /^[0-9a-f-]{36}$/i.test(value)) query.user_id = value;
    else if (key === "user") names.push(value.toLowerCase());
    else if (key === "upheld" && (value === "yes" || value === "no")) query.upheld = String(value === "yes");
    else return { problem: "a filter is user:<id or name> or upheld:yes|no" };
  }
  const lets = ({ id, blocker, blocked }: BlockRow) => {
    const all = `${handle("B", id)} ${sanitise(blocker.name)} ${sanitise(blocked.name)}`.toLowerCase();
    return names.every((name) => all.includes(name));
  };
  return { text, query, lets, search: [] };
}

/** Sign, id, arrow, counts and age with the blanks around them. */
const FIXED = 31;

function nameWidth(width: number): number {
  return Math.max(6, Math.floor((width - FIXED) / 2));
}

function heading(width: number): Line {
  const name = nameWidth(width);
  const parts = [
    "   ID       ",
    fit("BLOCKER", name),
    "   ",
    fit("BLOCKED", name),
    fit("BY", 4, "right"),
    fit("REP", 4, "right"),
    fit("AGE", 5, "right"),
    " ",
  ];
  return [toned("muted", parts.join(""))];
}

function drawRow(row: BlockRow, { width, now }: DrawOptions): Line {
  const name = nameWidth(width);
  const blocks = fit(String(row.blocks_against), 4, "right");
  return line(
    `   ${handle("B", row.id)} `,
    fit(sanitise(row.blocker.name), name),
    toned("muted", " → "),
    fit(sanitise(row.blocked.name), name),
    toned(row.blocks_against > 2 ? "warn" : "plain", blocks),
    row.open_reports > 0 ? toned("bad", fit(String(row.open_reports), 4, "right")) : fit("-", 4, "right"),
    fit(age(row.created_at, now), 5, "right"),
    row.upheld ? toned("good", " ✓") : "",
  );
}

function drawHead(row: BlockRow, { now }: DrawOptions): Line[] {
  const { blocker, blocked, reason, created_at, upheld, blocks_against, open_reports } = row;
  const who = upheld?.by ? ` by ${sanitise(upheld.by.name)}` : "";
  const people = counted(blocks_against, "person").replace("persons", "people");
  return [
    line(label("blocker"), bold(sanitise(blocker.name)), `  ${handle("U", blocker.id)}`),
    line(label("blocked"), bold(sanitise(blocked.name)), `  ${handle("U", blocked.id)}`),
    line(label("reason"), reason ? sanitise(words(reason)) : "none given"),
    line(label("since"), `${dateTime(created_at)}  ${age(created_at, now)} ago`),
    line(label("upheld"), upheld ? toned("good", `${age(upheld.at, now)} ago${who}`) : "not looked at yet"),
    line(label("against"), `blocked by ${people}, ${counted(open_reports, "open report")}`),
  ];
}

function drawMore({ mutual, conversation, reports }: BlockDetail, { now }: DrawOptions): Line[] {
  const talk = conversation
    ? `${conversation.status}, ${counted(conversation.messages, "message")}, last ${age(conversation.last_activity, now)} ago`
    : "they never talked";
  return [
    line(label("mutual"), mutual ? toned("warn", "yes: each blocks the other") : "no"),
    line(label("talk"), talk),
    EMPTY,
    line(bold("REPORTS", "accent"), "  of the blocker about the blocked"),
    ...(reports.length === 0 ? [line(toned("muted", "   none"))] : []),
    ...reports.map((report) => line(`   ${handle("R", report.id)}  ${outcomeWords(report, now)}`)),
  ];
}
