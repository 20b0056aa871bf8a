/**
 * How a migration command can fail, with the exit code for the command line.
 * @module
 */

/** Each way to fail, and its exit code. */
const EXIT_CODES = { Statement: 1, File: 2, Target: 2, Drift: 4, Locked: 5, Unreachable: 6 } as const;

/** What an error can carry besides its message. */
interface Details {
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** Drift: one line for each difference. */
  readonly findings?: readonly string[];
  readonly cause?: unknown;
}

/**
 * Statement: a statement of a file failed. File: a file cannot be used. Target: the URL names no database to work on,
 * or the role may not do this there. Drift: files, history and schema do not agree. Locked: another run holds the
 * lock, or a statement met its timeout. Unreachable: the database does not answer.
 */
export class MigrationError extends Error {
  readonly kind: keyof typeof EXIT_CODES;
  readonly exitCode: 1 | 2 | 4 | 5 | 6;
  readonly hint: string | undefined;
  readonly findings: readonly string[];

  constructor(kind: MigrationError["kind"], message: string, { hint, findings = [], cause }: Details = {}) {
    super(message, { cause });
    this.name = `${kind}Error`;
    this.kind = kind;
    this.exitCode = EXIT_CODES[kind];
    this.hint = hint;
    this.findings = findings;
  }
}
