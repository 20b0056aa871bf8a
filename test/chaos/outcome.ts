/**
 * The outcome of a row and the line that is printed for it. Pure.
 * @module
 */

/** What came of a row. */
export interface Outcome {
  readonly name: string;
  /** What broke a promise; none: it passed. */
  readonly problems: readonly string[];
  /** In the order in which they are read. */
  readonly figures: readonly string[];
}

/** The same before anybody has said of which row. */
export type Findings = Omit<Outcome, "name">;

const NAME_WIDTH = 57;

/** @returns One line. */
export function lineOf({ name, problems, figures }: Outcome): string {
  const word = problems.length === 0 ? "PASS" : "FAIL";
  const why = problems.length === 0 ? "" : `  BROKEN: ${problems.join(", ")}`;
  return `${word}  ${name.padEnd(NAME_WIDTH)} ${figures.join("  ")}${why}`;
}
