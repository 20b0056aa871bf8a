/**
 * SQL of devices as their owners see them. Statements only.
 * @module
 */
import type { Sql } from "../../db/client.ts";
import { unreadTotal } from "../../db/fragments.ts";
import type { Target } from "./providers/provider.ts";
import type { DeviceBody, ProviderName } from "./schema.ts";

/** A device that is to be registered. */
export interface NewDevice extends Omit<DeviceBody, "app_id"> {
  readonly id: string;
  readonly sessionId: string;
  readonly userId: string;
  readonly tokenHash: Uint8Array;
  readonly appId: string | undefined;
}

/** A device as its owner sees it. */
export interface DeviceRow {
  readonly id: string;
  readonly sessionId: string;
  readonly provider: ProviderName;
  readonly preview: DeviceBody["preview"];
  readonly disabledAt: Date | null;
  readonly disabledReason: string | null;
  readonly createdAt: Date;
}

const COLUMNS = ["id", "session_id", "provider", "preview", "disabled_at", "disabled_reason", "created_at"];

/** Takes a token away from every other session: whoever held the device before is no longer notified on it. */
export async function deleteTokenElsewhere(
  sql: Sql,
  { provider, tokenHash, sessionId }: Pick<NewDevice, "provider" | "tokenHash" | "sessionId">,
): Promise<void> {
  await sql`
    delete from devices
    where provider = ${provider} and token_hash = ${tokenHash} and session_id <> ${sessionId}
  `;
}

/**
 * Stores a session's device, or replaces what is stored of it. It begins at the head of the log: what came before is
 * for the app to load. The session is locked against its end, which deletes the device.
 *
 * @returns Undefined when the session has ended.
 */
export async function upsertDevice(sql: Sql, device: NewDevice): Promise<DeviceRow | undefined> {
  const { id, sessionId, userId, provider, token, tokenHash, preview } = device;
  const { appId = null, environment = null, locale = null } = device;
  const [row] = await sql<DeviceRow[]>`
    with living as (
      select s.id, s.user_id, l.last_seq from sessions s join user_logs l on l.user_id = s.user_id
      where s.id = ${sessionId} and s.user_id = ${userId} and s.revoked_at is null
      for share of s
    )
    insert into devices as d (
      id, session_id, user_id, provider, token, token_hash, app_id, environment, locale, preview,
      received_seq, pushed_seq
    )
    select ${id}, id, user_id, ${provider}, ${token}, ${tokenHash}, ${appId}, ${environment}, ${locale}, ${preview},
      last_seq, last_seq
    from living
    on conflict on constraint devices_session_key do update set
      provider = excluded.provider, token = excluded.token, token_hash = excluded.token_hash, token_since = now(),
      app_id = excluded.app_id, environment = excluded.environment, locale = excluded.locale,
      preview = excluded.preview, disabled_at = null, disabled_reason = null,
      -- A device that could not be reached meanwhile does not get what it missed one by one.
      pushed_seq = case when d.disabled_at is null then d.pushed_seq else excluded.pushed_seq end
    returning ${sql(COLUMNS)}
  `;
  return row;
}

/** By devices_user_idx. @returns A person's devices, the newest first. */
export async function selectDevices(sql: Sql, userId: string): Promise<DeviceRow[]> {
  return await sql<DeviceRow[]>`
    select ${sql(COLUMNS)} from devices where user_id = ${userId} order by created_at desc, id desc
  `;
}

/** Nothing happens when the session has no device. */
export async function deleteDevice(sql: Sql, sessionId: string): Promise<void> {
  await sql`delete from devices where session_id = ${sessionId}`;
}

/** Where to try a device, with what its notification shows. */
export interface TriedDevice extends DeviceRow, Target {
  readonly locale: string | null;
  readonly unread: number;
  /** Positions of the person's log that it has neither received nor was notified of. */
  readonly lacks: number;
}

/** @param of A session's device, or all of a person. */
export async function selectTriedDevices(
  sql: Sql,
  of: { readonly sessionId: string } | { readonly userId: string },
): Promise<TriedDevice[]> {
  const which = "sessionId" in of ? sql`d.session_id = ${of.sessionId}` : sql`d.user_id = ${of.userId}`;
  return await sql<TriedDevice[]>`
    select ${sql(COLUMNS.map((name) => `d.${name}`))}, d.id as device_id, d.token, d.app_id, d.environment, d.locale,
      ${unreadTotal(sql, sql`d.user_id`)} as unread,
      greatest(0, l.last_seq - greatest(d.received_seq, d.pushed_seq))::float8 as lacks
    from devices d join user_logs l on l.user_id = d.user_id where ${which} order by d.created_at, d.id
  `;
}
