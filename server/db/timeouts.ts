/**
 * How long statements and transactions may take, by our clock and by PostgreSQL's.
 * @module
 */

/** A server that is alive gives up a little before we do. */
export function statementTimeout(deadlineMs: number): number {
  return Math.ceil(deadlineMs * 0.9);
}

/** Longest a query or a transaction may take, the wait for a connection included, ms. */
export const DEFAULT_DEADLINE_MS = 3_000;

/** @returns Settings of a session by which PostgreSQL ends what takes too long, too. */
export function timeouts(deadlineMs: number): Record<string, string> {
  if (deadlineMs === 0) return {};
  return {
    statement_timeout: `${statementTimeout(deadlineMs)}ms`,
    idle_in_transaction_session_timeout: `${deadlineMs * 2}ms`,
  };
}

/** @returns What stands on the server's role where a pooler keeps it from being sent with each connection. */
export function roleSettings(): Readonly<Record<string, string>> {
  return { ...timeouts(DEFAULT_DEADLINE_MS), jit: "off" };
}
