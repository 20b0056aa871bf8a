/**
 * Blocks as rows and as a page. Pure.
 * @module
 */
import { fit } from "../../cells.ts";
import { age, counted, dateTime, handle, words } from "../../format.ts";
import { sanitise } from "../../sanitise.ts";
import { bold, EMPTY, type Line, line, toned } from "../../spans.ts";
import type { BlockDetail, BlockRow } from "../../wire.ts";

export const BLOCK_ACTIONS: readonly Line[] = [line(" ", bold("[l]"), " lift…  ", bold("[h]"), " uphold…")];

/** Sign, id, arrow, counts and age with the blanks around them. */
const FIXED = 31;

function nameWidth(width: number): number {
  return Math.max(6, Math.floor((width - FIXED) / 2));
}

/** @returns The heading of the columns. */
export function blockHeading(width: number): Line {
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

/** @returns One block as a row. */
export function blockRow(row: BlockRow, { width, now }: { width: number; now: number }): Line {
  const name = nameWidth(width);
  return line(
    `   ${handle("B", row.id)} `,
    fit(sanitise(row.blocker.name), name),
    toned("muted", " → "),
    fit(sanitise(row.blocked.name), name),
    row.blocks_against > 2
      ? toned("warn", fit(String(row.blocks_against), 4, "right"))
      : fit(String(row.blocks_against), 4, "right"),
    row.open_reports > 0 ? toned("bad", fit(String(row.open_reports), 4, "right")) : fit("-", 4, "right"),
    fit(age(row.created_at, now), 5, "right"),
    row.upheld ? toned("good", " ✓") : "",
  );
}

/** @returns What the row alone tells. */
export function blockHead(row: BlockRow, now: number): Line[] {
  const { blocker, blocked, reason, created_at, upheld, blocks_against, open_reports } = row;
  const who = upheld?.by ? ` by ${sanitise(upheld.by.name)}` : "";
  return [
    line(label("blocker"), bold(sanitise(blocker.name)), `  ${handle("U", blocker.id)}`),
    line(label("blocked"), bold(sanitise(blocked.name)), `  ${handle("U", blocked.id)}`),
    line(label("reason"), reason ? sanitise(words(reason)) : "none given"),
    line(label("since"), `${dateTime(created_at)}  ${age(created_at, now)} ago`),
    line(label("upheld"), upheld ? toned("good", `${age(upheld.at, now)} ago${who}`) : "not looked at yet"),
    line(
      label("against"),
      `blocked by ${counted(blocks_against, "person").replace("persons", "people")}, ${counted(open_reports, "open report")}`,
    ),
  ];
}

/** @returns Everything about the block. */
export function blockLines(detail: BlockDetail, now: number): Line[] {
  const { mutual, conversation, reports } = detail;
  const talk = conversation
    ? `${conversation.status}, ${counted(conversation.messages, "message")}, last ${age(conversation.last_activity, now)} ago`
    : "they never talked";
  return [
    ...blockHead(detail, now),
    line(label("mutual"), mutual ? toned("warn", "yes: each blocks the other") : "no"),
    line(label("talk"), talk),
    EMPTY,
    line(bold("REPORTS", "accent"), "  of the blocker about the blocked"),
    ...(reports.length === 0 ? [line(toned("muted", "   none"))] : []),
    ...reports.map(({ id, reason, status, action, created_at }) => {
      const outcome = action && action !== "none" ? `${status}, ${action}` : status;
      return line(`   ${handle("R", id)}  ${words(reason)}  ${outcome}  ${age(created_at, now)} ago`);
    }),
  ];
}

function label(text: string) {
  return toned("muted", text.padEnd(10));
}
