/**
 * The options and the result of a bench section, and the table that all sections print. Each section is a program: rows go to standard
 * output (JSON with `--json`), progress to standard error.
 * @module
 */
import { parseArgs } from "node:util";

/** @returns The numbers that a section takes as options (`--seconds 4`), by name. */
export function readNumbers<const Names extends string>(
  defaults: Readonly<Record<Names, number>>,
): Record<Names, number> {
  const names = Object.keys(defaults) as Names[];
  const { values } = parseArgs({
    strict: false,
    options: Object.fromEntries(names.map((name) => [name, { type: "string" as const }])),
  });
  return Object.fromEntries(names.map((name) => [name, Number(values[name] ?? defaults[name])])) as Record<
    Names,
    number
  >;
}

/** One line of the table. */
export interface Row {
  /** With its unit: "a message, p99, ms". */
  readonly what: string;
  readonly ours: number;
  /** What the machine, or the part below us, can do at most, measured in the same run. */
  readonly limit?: { readonly value: number; readonly of: string };
  readonly promise?: Promised;
  /** Digits after the point. @default 0 */
  readonly digits?: number;
}

/** A bound of the figure, of its ratio to the limit, or of what it is above the limit. */
export interface Promised {
  readonly most?: number;
  readonly least?: number;
  /** @default "figure" */
  readonly of?: "figure" | "ratio" | "difference";
}

/** What a section measured. */
export interface Section {
  readonly rows: readonly Row[];
  /** One sentence: how it was measured, with which sizes. */
  readonly note: string;
}

const HEAD = ["| | here | limit beside it | ratio | promise |", "|---|---|---|---|---|"];

/** @returns The table of all sections, as Markdown. */
export function tableOf(sections: readonly Section[]): string {
  return [...HEAD, ...sections.flatMap(({ rows }) => rows.map(line))].join("\n");
}

/** Tells progress to whoever waits. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Ends a section's program with its rows. */
export function handIn(section: Section): never {
  const asJson = process.argv.includes("--json");
  console.log(asJson ? JSON.stringify(section) : `${tableOf([section])}\n\n${section.note}`);
  process.exit();
}

function line({ what, ours, limit, promise, digits = 0 }: Row): string {
  const cells = [
    what,
    number(ours, digits),
    limit ? `${number(limit.value, digits)} ${limit.of}` : "",
    limit ? `${significant(ours / limit.value)}×` : "",
    promise ? verdict(promise, { ours, limit: limit?.value ?? Number.NaN }) : "",
  ];
  return `| ${cells.join(" | ")} |`;
}

function verdict(
  { most, least, of = "figure" }: Promised,
  { ours, limit }: { ours: number; limit: number },
): string {
  const value = { figure: ours, ratio: ours / limit, difference: ours - limit }[of];
  const unit = { figure: "", ratio: "×", difference: " above it" }[of];
  const isKept = value <= (most ?? Number.POSITIVE_INFINITY) && value >= (least ?? Number.NEGATIVE_INFINITY);
  const bound = most === undefined ? `≥ ${least}` : `≤ ${most}`;
  return `${bound}${unit}: ${isKept ? "kept" : "**missed**"}`;
}

function number(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ",");
}

function significant(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toPrecision(2);
}
