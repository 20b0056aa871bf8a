/**
 * Creates and drops whole databases, from the maintenance database beside them.
 * @module
 */

import { MigrationError } from "./errors.ts";
import { type Session, type SessionOptions, withSession } from "./session.ts";

/** The database that every server has; one cannot drop a database from within. */
const MAINTENANCE = "postgres";

/**
 * Creates the database that the URL names, unless it is there.
 * @returns Whether it was created now.
 * @throws MigrationError when the server does not answer or the role may not create databases.
 *
 * @example
 * ```ts
 * await makeDatabase({ url: "postgres://127.0.0.1/vibesmatch" });
 * ```
 */
export async function makeDatabase(options: SessionOptions): Promise<boolean> {
  return await inMaintenance(options, async (session, name) => {
    if (await exists(session, name)) return false;
    await session`create database ${session(name)} template template0 encoding 'UTF8'`;
    return true;
  });
}

/**
 * Drops the database that the URL names, whoever is connected to it.
 * @returns Whether it was there.
 * @throws MigrationError when the server does not answer or the role does not own the database.
 *
 * @example
 * ```ts
 * await removeDatabase({ url: "postgres://127.0.0.1/vibesmatch" });
 * ```
 */
export async function removeDatabase(options: SessionOptions): Promise<boolean> {
  return await inMaintenance(options, async (session, name) => {
    if (!(await exists(session, name))) return false;
    await session`drop database if exists ${session(name)} with (force)`;
    return true;
  });
}

async function exists(session: Session, name: string): Promise<boolean> {
  return (await session`select 1 from pg_database where datname = ${name}`).length > 0;
}

async function inMaintenance<T>(
  options: SessionOptions,
  fn: (session: Session, name: string) => Promise<T>,
): Promise<T> {
  const url = new URL(options.url);
  const { username } = url;
  const name = decodeURIComponent(url.pathname.slice(1));
  if (name === "" || name === MAINTENANCE) {
    throw new MigrationError(
      "Target",
      `Cannot create or drop the database "${name}": the URL must name another`,
    );
  }
  url.pathname = `/${MAINTENANCE}`;
  return await withSession({ ...options, url: url.href }, (session) => fn(session, name)).catch((cause) => {
    if (cause.code !== "42501") throw cause;
    throw new MigrationError("Target", `Cannot create or drop the database ${name}: ${cause.message}`, {
      hint: `let an administrator do it, or allow it: alter role ${username || "…"} createdb`,
      cause,
    });
  });
}
