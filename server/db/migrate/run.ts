/**
 * Runs one direction of a migration on a session: all or nothing, unless the file is marked `no-transaction`.
 * @module
 */

import { MigrationError } from "./errors.ts";
import type { Sections } from "./files.ts";
import { selectInvalidIndexes } from "./history.ts";
import { lineAt, type Statement } from "./scan.ts";
import { isTimeout, type Session } from "./session.ts";

/** What to run. */
export interface Run {
  readonly sections: Sections;
  readonly direction: "up" | "down";
  /** For messages. */
  readonly file: string;
}

/** Runs statements one by one, in one transaction if the file wants it. `after` runs in the same transaction. */
export async function runSections(
  session: Session,
  { sections, direction, file }: Run,
  after: () => Promise<void> = async () => {},
): Promise<void> {
  const { transactional } = sections;
  if (!transactional) await requireValidIndexes(session, file);
  if (transactional) await session`begin`;
  try {
    for (const statement of sections[direction]) {
      await session
        .unsafe(statement.text)
        .simple()
        .catch(async (error) => {
          const invalid = transactional ? [] : await selectInvalidIndexes(session).catch(() => []);
          throw explain(error, { statement, direction, file, invalid });
        });
    }
    await after();
    if (transactional) await session`commit`;
  } catch (error) {
    if (transactional) await session`rollback`.catch(() => {});
    throw error;
  }
}

/** `create index concurrently if not exists` would take the broken index of an earlier attempt for done. */
async function requireValidIndexes(session: Session, file: string): Promise<void> {
  const invalid = await selectInvalidIndexes(session);
  if (invalid.length === 0) return;
  throw new MigrationError(
    "Statement",
    `Cannot run ${file}: ${invalid.join(", ")} is INVALID, drop it first (drop index concurrently)`,
  );
}

interface Failure extends Omit<Run, "sections"> {
  readonly statement: Statement;
  /** INVALID indexes that are there now. */
  readonly invalid: readonly string[];
}

function explain(cause: unknown, { statement, direction, file, invalid }: Failure): unknown {
  const { message, position, code = "" } = cause as { message: string; position?: string; code?: string };
  // No SQLSTATE, or the server is shutting down: the connection was lost, which is not the statement's fault.
  if (!/^[0-9A-Z]{5}$/.test(code) || code.startsWith("57P")) return cause;
  const line = statement.line - 1 + lineAt(statement.text, position ? Number(position) - 1 : 0);
  const left = invalid.length > 0 ? `, which left INVALID indexes: ${invalid.join(", ")}` : "";
  const action = direction === "up" ? "apply" : "roll back";
  const what = `Cannot ${action} ${file}: line ${line}: ${message}${left}`;
  return new MigrationError(isTimeout(cause) ? "Locked" : "Statement", what, { cause });
}
