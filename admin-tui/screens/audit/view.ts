/**
 * The audit log as rows and as entries. Pure.
 * @module
 */
import { fit, wrap } from "../../cells.ts";
import { age, dateTime, handle, words } from "../../format.ts";
import { sanitise } from "../../sanitise.ts";
import { bold, EMPTY, type Line, line, toned } from "../../spans.ts";
import type { AuditRow } from "../../wire.ts";

const LETTERS = { report: "R", block: "B", user: "U", sanction: "S" } as const;

/** Sign, seq, target and age with the blanks around them. */
const FIXED = 26;

function widths(width: number) {
  const room = Math.max(20, width - FIXED);
  const actor = Math.floor(room * 0.35);
  return { actor, action: room - actor };
}

/** @returns The heading of the columns. */
export function auditHeading(width: number): Line {
  const { actor, action } = widths(width);
  return [
    toned(
      "muted",
      `   ${fit("SEQ", 6, "right")} ${fit("WHO", actor)} ${fit("WHAT", action)} ${fit("TARGET", 8)}${fit("AGE", 5, "right")}`,
    ),
  ];
}

/** @returns One entry as a row. */
export function auditRow(row: AuditRow, { width, now }: { width: number; now: number }): Line {
  const { actor, action } = widths(width);
  return line(
    `   ${fit(String(row.seq), 6, "right")} `,
    fit(sanitise(row.actor.name ?? handle("U", row.actor.id)), actor),
    " ",
    toned(/imposed|confirmed/.test(row.action) ? "warn" : "plain", fit(words(row.action), action)),
    ` ${targetOf(row)}`,
    fit(age(row.created_at, now), 5, "right"),
  );
}

/** @returns The entry with all it holds. */
export function auditLines(row: AuditRow, { width, now }: { width: number; now: number }): Line[] {
  const { actor, target, reason, before, after, created_at, hash } = row;
  return [
    line(label("what"), bold(words(row.action))),
    line(label("who"), `${sanitise(actor.name ?? "deleted")}  ${handle("U", actor.id)}`),
    line(label("when"), `${dateTime(created_at)}  ${age(created_at, now)} ago`),
    line(label("target"), `${target.type}  ${targetOf(row)}`),
    line(toned("muted", `          ${target.id}`)),
    ...(reason === null
      ? []
      : wrap(sanitise(reason), Math.max(10, width - 10)).map((part, index) =>
          line(index === 0 ? label("reason") : " ".repeat(10), part),
        )),
    EMPTY,
    line(bold("BEFORE", "accent"), before ? "" : "  nothing"),
    ...factLines(before, width),
    line(bold("AFTER", "accent"), after ? "" : "  nothing"),
    ...factLines(after, width),
    EMPTY,
    line(bold("HASH", "accent"), "  over this entry and the one before"),
    ...wrap(hash, Math.max(10, width - 3)).map((part) => line(toned("muted", `   ${part}`))),
  ];
}

function targetOf({ target }: AuditRow): string {
  return handle(LETTERS[target.type], target.id);
}

function factLines(facts: AuditRow["before"], width: number): Line[] {
  return Object.entries(facts ?? {}).flatMap(([name, value]) => {
    const text = sanitise(typeof value === "string" ? value : JSON.stringify(value));
    return wrap(`${sanitise(words(name))}: ${text}`, Math.max(10, width - 3)).map((part) =>
      line(`   ${part}`),
    );
  });
}

function label(text: string) {
  return toned("muted", text.padEnd(10));
}
