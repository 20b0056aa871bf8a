/**
 * The checks of `vibes doctor` on the way to the database: which of several hosts is used, and whether a pooler shares
 * connections and the server is set up for it.
 * @module
 */
import type { Pooler } from "../../../server/config/mod.ts";
import type { Database } from "../../../server/db/client.ts";
import { type Finding, fail, ok, skip, warn } from "./checks.ts";
import { open } from "./database.ts";

/**
 * Which of several hosts the driver uses. Its `read-write` asks for `default_transaction_read_only`, which is off on a
 * standby, too: after a failover it stays there, and every write fails.
 * @param url DATABASE_URL.
 */
export function checkHosts(url: string | null): Finding {
  if (url === null) return skip("DATABASE_URL is not set");
  const attribute = /[?&]target_session_attrs=([^&]*)/.exec(url)?.[1];
  const { length } = (/^\w+:\/\/(?:[^@/]*@)?([^/?]*)/.exec(url)?.[1] ?? "").split(",");
  const hint = "in DATABASE_URL: target_session_attrs=primary";
  if (attribute === "read-write") return fail("target_session_attrs=read-write takes a standby, too", hint);
  if (length === 1) return ok("one");
  if (attribute !== "primary") return fail(`${length}, and nothing says that the primary is meant`, hint);
  return ok(`${length}, the primary among them is used`);
}

/** How connections are shared on the way to the database. */
export interface PoolerFacts {
  /** Null: they are not. */
  readonly mode: "session" | "transaction" | null;
  /** DATABASE_POOLER. */
  readonly declared: Pooler;
  /** Whether a session has a statement_timeout that no client sent. */
  readonly hasTimeouts: boolean;
  /** Whether statements stay prepared when the session changes, asked where that was declared. */
  readonly prepares: boolean;
}

export function checkPooler({ mode, declared, hasTimeouts, prepares }: PoolerFacts): Finding {
  if (mode === null) {
    if (declared === "none") return ok("none: connections lead to PostgreSQL itself");
    return warn(
      `none found, DATABASE_POOLER is ${declared}`,
      "leave DATABASE_POOLER out: it costs the server's settings",
    );
  }
  const found = `in ${mode} mode`;
  if (declared === "none") {
    const wanted = mode === "session" ? "prepared" : "transaction";
    const hint = `set DATABASE_POOLER=${wanted}, then run \`vibes db roles\`, once`;
    if (mode === "session") return warn(`${found}: settings of a connection may not reach its session`, hint);
    return fail(`${found}: statements of one connection reach several sessions`, hint);
  }
  if (!prepares) {
    const hint = "set DATABASE_POOLER=transaction, or max_prepared_statements on pgbouncer 1.21 or newer";
    return fail(`${found}, it keeps no prepared statements, DATABASE_POOLER is prepared`, hint);
  }
  if (!hasTimeouts) {
    return fail(
      `${found}, its sessions have no statement_timeout`,
      "run `vibes db roles`, then RECONNECT on the pooler's console",
    );
  }
  return ok(`${found}, ${declared === "prepared" ? "statements are prepared" : "no statement is prepared"}`);
}

/**
 * Finds a pooler on the way: it answers with a number of its own for the connection, and in transaction mode it lends
 * the session of one connection to the next while the first is still open.
 *
 * @param declared DATABASE_POOLER. @throws Error when it does not answer.
 */
export async function askPooler(url: string, declared: Pooler): Promise<PoolerFacts> {
  const [first, second] = [open(url), open(url)];
  try {
    const mode = await modeOf(first, second);
    const [row] = await first.sql<[{ set: boolean }]>`
      select current_setting('statement_timeout') <> '0' as set
    `;
    const prepares = mode !== "transaction" || declared !== "prepared" || (await keepsPrepared(url));
    return { mode, declared, hasTimeouts: row.set, prepares };
  } finally {
    await Promise.all([first.close(), second.close()]);
  }
}

async function modeOf(first: Database, second: Database): Promise<PoolerFacts["mode"]> {
  const { connection, session } = await sessionOf(first);
  if (connection === session) return null;
  const lent = new Set([session]);
  // By turns: a pooler lends first what came back last, so one of the two alone may get the same again and again.
  for (let attempt = 0; attempt < 5; attempt++) {
    if (lent.has((await sessionOf(second)).session)) return "transaction";
    lent.add((await sessionOf(first)).session);
    if (lent.size > 1) return "transaction";
  }
  return "session";
}

/**
 * A statement that a connection has prepared is run again while another one holds the session that prepared it; in a
 * transaction, because outside of it the driver prepares a lost statement again.
 */
async function keepsPrepared(url: string): Promise<boolean> {
  const [first, second] = [open(url, "prepared"), open(url, "prepared")];
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      await sessionOf(first);
      await second.begin(async () => await first.begin((sql) => sessionOf({ sql })));
    }
    return true;
  } catch (error) {
    if (/^(26000|25P02)$/.test(String((error as { code?: unknown }).code))) return false;
    throw error;
  } finally {
    await Promise.all([first.close(), second.close()]);
  }
}

async function sessionOf({ sql }: Pick<Database, "sql">) {
  const rows = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  return { session: rows[0]!.pid, connection: rows.state.pid };
}
