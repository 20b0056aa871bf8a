/**
 * The fingerprint of the JWT_SECRET that the servers of a database sign with. Servers declare it when they start; the
 * command line compares its own, because tokens of another secret look right and are refused by every server.
 * @module
 */
import { createHmac } from "node:crypto";
import type { Sql } from "./client.ts";

const BYTES = 16;

/** Declares the secret of a server that starts: after a change of JWT_SECRET the newest start counts. */
export async function declareSigningKey(sql: Sql, secret: string): Promise<void> {
  await sql`
    insert into signing_key (fingerprint) values (${fingerprintOf(secret)})
    on conflict (singleton) do update set fingerprint = excluded.fingerprint, declared_at = now()
    where signing_key.fingerprint <> excluded.fingerprint
  `;
}

/** @returns Whether a server declared another secret than this one. False where no server has started yet. */
export async function isForeignSigningKey(sql: Sql, secret: string): Promise<boolean> {
  const rows = await sql`select 1 from signing_key where fingerprint <> ${fingerprintOf(secret)}`;
  return rows.length > 0;
}

function fingerprintOf(secret: string): Buffer {
  return createHmac("sha256", secret).update("vibes signing key").digest().subarray(0, BYTES);
}
