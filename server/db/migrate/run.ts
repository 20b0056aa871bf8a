/**
 * Runs one migration in one direction on a session: its statements and its row in the history, all or nothing
 * unless the file is marked `no-transaction`.
 * @module
 */

import { LockedError, StatementError } from "./errors.ts";
import type { Migration } from "./files.ts";
import { deleteApplied, insertApplied, selectInvalidIndexes } from "./history.ts";
import { lineAt, type Statement } from "./scan.ts";
import { isTimeout, type Session } from "./session.ts";

export type Direction = "up" | "down";

/**
 * @returns How long it took, ms.
 * @throws StatementError naming file and line, LockedError when a statement met its timeout.
 */
export async function runMigration(
  session: Session,
  ...[migration, direction]: [Migration, Direction]
): Promise<number> {
  const start = performance.now();
  if (!migration.transactional) {
    await requireValidIndexes(session, migration);
    await runStatements(session, migration, direction);
    await record(session, migration, direction, performance.now() - start);
    return performance.now() - start;
  }
  await session`begin`;
  try {
    await runStatements(session, migration, direction);
    await record(session, migration, direction, performance.now() - start);
    await session`commit`;
  } catch (error) {
    await session`rollback`.catch(() => {});
    throw error;
  }
  return performance.now() - start;
}

async function runStatements(
  session: Session,
  ...[migration, direction]: [Migration, Direction]
): Promise<void> {
  for (const statement of migration[direction]) {
    try {
      // The file is the reviewed source; there are no parameters.
      await session.unsafe(statement.text).simple();
    } catch (error) {
      throw await explain(session, { migration, direction, statement, error });
    }
  }
}

async function record(session: Session, migration: Migration, direction: Direction, durationMs: number) {
  if (direction === "up") await insertApplied(session, migration, durationMs);
  else await deleteApplied(session, migration.version);
}

/** `create index concurrently if not exists` would take the broken index of an earlier attempt for done. */
async function requireValidIndexes(session: Session, { file }: Migration): Promise<void> {
  const invalid = await selectInvalidIndexes(session);
  if (invalid.length === 0) return;
  throw new StatementError(
    `Cannot run ${file}: ${invalid.join(", ")} is INVALID, drop it first (drop index concurrently)`,
    {
      file,
      line: 1,
      cause: undefined,
    },
  );
}

interface Failure {
  readonly migration: Migration;
  readonly direction: Direction;
  readonly statement: Statement;
  readonly error: unknown;
}

async function explain(
  session: Session,
  { migration, direction, statement, error }: Failure,
): Promise<Error> {
  const { message, position, code } = error as { message: string; position?: string; code?: string };
  // No SQLSTATE: the connection was lost, which is not the statement's fault.
  if (!/^[0-9A-Z]{5}$/.test(code ?? "") || code?.startsWith("57P")) return error as Error;
  const line = statement.line - 1 + lineAt(statement.text, position ? Number(position) - 1 : 0);
  const what = `Cannot ${direction === "up" ? "apply" : "roll back"} ${migration.file}: line ${line}: ${message}`;
  const invalid = migration.transactional ? [] : await selectInvalidIndexes(session).catch(() => []);
  const left = invalid.length > 0 ? `, which left INVALID indexes: ${invalid.join(", ")}` : "";
  if (isTimeout(error)) return new LockedError(what + left, error);
  return new StatementError(what + left, { file: migration.file, line, cause: error });
}
