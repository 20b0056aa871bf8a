/**
 * Formats text for a terminal: columns, and sanitising of text that users wrote.
 * @module
 */

/** Control characters, and those that reorder or hide what stands around them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** @returns The text on one line, with everything that could move a cursor or change a colour taken out. */
export function printable(text: string): string {
  return text.replace(/\s/g, " ").replace(UNSAFE, "");
}

/**
 * Lays out rows under their headings, columns two spaces apart.
 *
 * @param rows Cells of any text; each becomes {@link printable}.
 */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows.map((row) => row.map(printable))];
  const widths = headings.map((_, column) =>
    Math.max(...lines.map((line) => Bun.stringWidth(line[column] ?? ""))),
  );
  return lines
    .map((line) =>
      line
        .map((cell, i) => pad(cell, widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** @returns Pairs as aligned `key  value` lines; absent values are left out. */
export function pairs(entries: Readonly<Record<string, string | null | undefined>>): string {
  const rows = Object.entries(entries).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const width = Math.max(0, ...rows.map(([key]) => key.length));
  return rows.map(([key, value]) => `${key.padEnd(width)}  ${printable(value)}`).join("\n");
}

/**
 * Lays out rows as CSV (RFC 4180, lines end in \n); null is an empty cell. A text that a spreadsheet would take for a
 * formula begins with an apostrophe.
 */
export function csv(
  headings: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  return [headings, ...rows].map((row) => row.map(csvCell).join(",")).join("\n");
}

function csvCell(cell: string | number | null): string {
  if (typeof cell !== "string") return cell === null ? "" : String(cell);
  const text = printable(cell).replace(/^[=+\-@]/, "'$&");
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function pad(cell: string, width: number): string {
  return cell + " ".repeat(Math.max(0, width - Bun.stringWidth(cell)));
}
