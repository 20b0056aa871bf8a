/**
 * How a migration can fail. Each class carries the exit code with which the command line should end.
 * @module
 */

/** Any failure of the migration engine that has a name. */
export class MigrationError extends Error {
  /** 1 a statement failed · 2 the files are not usable · 4 history or schema differ · 5 locked · 6 unreachable. */
  readonly exitCode: 1 | 2 | 4 | 5 | 6;

  constructor(message: string, exitCode: MigrationError["exitCode"], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.exitCode = exitCode;
  }
}

/** A migration file cannot be read as one. */
export class FileError extends MigrationError {
  constructor(message: string) {
    super(message, 2);
  }
}

/** The URL does not name a database that is ours to make or drop. */
export class TargetError extends MigrationError {
  constructor(message: string) {
    super(message, 2);
  }
}

/** A statement of a migration failed; its place is in the message. */
export class StatementError extends MigrationError {
  readonly file: string;
  readonly line: number;

  constructor(message: string, place: { file: string; line: number; cause: unknown }) {
    super(message, 1, place.cause);
    this.file = place.file;
    this.line = place.line;
  }
}

/** The files and the history of the database, or the schema and its dump, do not agree. */
export class DriftError extends MigrationError {
  /** One line for each disagreement. */
  readonly findings: readonly string[];

  constructor(action: string, findings: readonly string[]) {
    super(`${action}: ${findings.join("; ")}`, 4);
    this.findings = findings;
  }
}

/** Somebody else holds a lock, or a statement took too long. */
export class LockedError extends MigrationError {
  constructor(message: string, cause?: unknown) {
    super(message, 5, cause);
  }
}

/** The database does not answer. */
export class UnreachableError extends MigrationError {
  constructor(message: string, cause?: unknown) {
    super(message, 6, cause);
  }
}
