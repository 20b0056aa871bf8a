/**
 * SQL of pictures as evidence. Statements only.
 * @module
 */
import type { Sql } from "../../db/client.ts";

interface Of {
  readonly reportId: string;
  readonly mediaId: string;
}

/** A picture that a report seals. */
export interface HeldPicture {
  readonly mediaId: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly placeholder: string | null;
  readonly sealedAt: Date | null;
}

/** Notes pictures that the report does not have yet and that there still are. @returns How many. */
export async function insertHeld(sql: Sql, reportId: string, mediaIds: readonly string[]): Promise<number> {
  const rows = await sql`
    insert into media_evidence (report_id, media_id)
    select ${reportId}, m.id from media m where m.id = any(${mediaIds as string[]}::uuid[]) and m.has_objects
    on conflict on constraint media_evidence_pkey do nothing
    returning 1
  `;
  return rows.length;
}

export async function selectUnsealed(sql: Sql, reportId: string): Promise<HeldPicture[]> {
  return await sql<HeldPicture[]>`
    select e.media_id, m.width, m.height, m.placeholder, e.sealed_at from media_evidence e left join media m on m.id = e.media_id
    where e.report_id = ${reportId} and e.sealed_at is null
    order by e.media_id
  `;
}

/** By primary key. */
export async function selectHeld(sql: Sql, { reportId, mediaId }: Of): Promise<HeldPicture | undefined> {
  const [row] = await sql<HeldPicture[]>`
    select e.media_id, m.width, m.height, m.placeholder, e.sealed_at from media_evidence e left join media m on m.id = e.media_id
    where e.report_id = ${reportId} and e.media_id = ${mediaId}
  `;
  return row;
}

/** Locks the report, then notes that the picture is sealed. @returns False when it was before. */
export async function updateSealed(sql: Sql, { reportId, mediaId }: Of): Promise<boolean> {
  await sql`select 1 from user_reports where id = ${reportId} for update`;
  const rows = await sql`
    update media_evidence set sealed_at = now()
    where report_id = ${reportId} and media_id = ${mediaId} and sealed_at is null
    returning 1
  `;
  return rows.length > 0;
}

/** @returns Pictures of reports whose key is gone. */
export async function selectEnded(sql: Sql, batch: number): Promise<Of[]> {
  return await sql<Of[]>`
    select e.report_id, e.media_id from media_evidence e
    where not exists (select 1 from report_evidence_keys k where k.report_id = e.report_id)
    limit ${batch}
  `;
}

export async function deleteHeld(sql: Sql, { reportId, mediaId }: Of): Promise<void> {
  await sql`delete from media_evidence where report_id = ${reportId} and media_id = ${mediaId}`;
}

/** @param view.hash SHA-256 of what the link carries, as hexadecimal text. */
export async function insertView(sql: Sql, view: Of & { hash: string; seconds: number }): Promise<void> {
  await sql`delete from evidence_views where expires_at < now()`;
  await sql`
    insert into evidence_views (token_hash, report_id, media_id, expires_at)
    values (
      decode(${view.hash}, 'hex'), ${view.reportId}, ${view.mediaId}, now() + make_interval(secs => ${view.seconds})
    )
  `;
}

/** Uses a link up. @returns What it shows; undefined when it was used, has ended, or is none. */
export async function deleteView(sql: Sql, hash: string): Promise<Of | undefined> {
  const [row] = await sql<(Of & { isOver: boolean })[]>`
    delete from evidence_views where token_hash = decode(${hash}, 'hex')
    returning report_id, media_id, expires_at <= now() as is_over
  `;
  return row && !row.isOver ? { reportId: row.reportId, mediaId: row.mediaId } : undefined;
}
