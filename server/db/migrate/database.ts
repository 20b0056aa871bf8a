/**
 * Making and dropping whole databases, from the maintenance database beside them.
 * @module
 */

import { TargetError } from "./errors.ts";
import { type Session, type SessionOptions, withSession } from "./session.ts";

/** The database that every server has; one cannot drop a database from within. */
const MAINTENANCE = "postgres";

/**
 * Makes the database that the URL names, unless it is there.
 * @returns Whether it was made now.
 * @throws UnreachableError
 *
 * @example
 * ```ts
 * await makeDatabase({ url: "postgres://127.0.0.1/vibesmatch" });
 * ```
 */
export async function makeDatabase(options: SessionOptions): Promise<boolean> {
  return await besides(options, async (session, name) => {
    if (await exists(session, name)) return false;
    await session`create database ${session(name)} template template0 encoding 'UTF8'`;
    return true;
  });
}

/**
 * Drops the database that the URL names, whoever is connected to it.
 * @returns Whether it was there.
 * @throws UnreachableError
 *
 * @example
 * ```ts
 * await removeDatabase({ url: "postgres://127.0.0.1/vibesmatch" });
 * ```
 */
export async function removeDatabase(options: SessionOptions): Promise<boolean> {
  return await besides(options, async (session, name) => {
    if (!(await exists(session, name))) return false;
    await session`drop database if exists ${session(name)} with (force)`;
    return true;
  });
}

async function exists(session: Session, name: string): Promise<boolean> {
  const found = await session`select 1 from pg_database where datname = ${name}`;
  return found.length > 0;
}

async function besides<T>(
  options: SessionOptions,
  fn: (session: Session, name: string) => Promise<T>,
): Promise<T> {
  const url = new URL(options.url);
  const name = decodeURIComponent(url.pathname.slice(1));
  if (name === "" || name === MAINTENANCE) {
    throw new TargetError(`Cannot use "${name}" as a database of ours: the URL must name one`);
  }
  url.pathname = `/${MAINTENANCE}`;
  return await withSession({ ...options, url: url.href }, (session) => fn(session, name));
}
