/**
 * SQL of pictures. Statements only.
 * @module
 */
import type { Sql } from "../../db/client.ts";

/** What a picture is waiting for, or has become. */
export type MediaState = "pending" | "held" | "ready" | "rejected" | "gone";

/** A picture's row. The facts are null until it was decoded. */
export interface MediaRow {
  readonly id: string;
  /** Null once the account is deleted. */
  readonly ownerId: string | null;
  readonly state: MediaState;
  readonly size: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly placeholder: string | null;
}

const columns = (sql: Sql) => sql`m.id, m.owner_id, m.state, m.size, m.width, m.height, m.placeholder`;

export async function insertMedia(
  sql: Sql,
  { id, ownerId, contentType, size }: { id: string; ownerId: string; contentType: string; size: number },
): Promise<void> {
  await sql`
    insert into media (id, owner_id, content_type, size) values (${id}, ${ownerId}, ${contentType}, ${size})
  `;
}

/** By primary key. */
export async function selectMedia(sql: Sql, ids: readonly string[]): Promise<MediaRow[]> {
  return await sql<MediaRow[]>`
    select ${columns(sql)} from media m where m.id = any(${ids as string[]}::uuid[])
  `;
}

/**
 * A picture that the person may see: their own, or one that was sent to a conversation of theirs which no block closes.
 * By the primary keys of media, media_uses and conversations.
 */
export async function selectVisible(
  sql: Sql,
  { id, viewerId }: { id: string; viewerId: string },
): Promise<MediaRow | undefined> {
  const [row] = await sql<MediaRow[]>`
    select ${columns(sql)} from media m
    where m.id = ${id} and (m.owner_id = ${viewerId} or exists (
      select 1 from media_uses u join conversations c on c.id = u.conversation_id
      where u.media_id = m.id and c.status <> 'blocked' and ${viewerId}::uuid in (c.user1_id, c.user2_id)
    ))
  `;
  return row;
}

/** What decoding found. */
export interface Decoded {
  readonly id: string;
  readonly state: "ready" | "held";
  readonly size: number;
  readonly width: number;
  readonly height: number;
  readonly placeholder: string;
  /** SHA-256, as hexadecimal text. */
  readonly hash: string;
}

/** Nothing changes when it is no longer pending. */
export async function updateDecoded(sql: Sql, decoded: Decoded): Promise<void> {
  const { id, state, size, width, height, placeholder, hash } = decoded;
  await sql`
    update media set
      state = ${state}, size = ${size}, width = ${width}, height = ${height}, placeholder = ${placeholder},
      hash = decode(${hash}, 'hex')
    where id = ${id} and state = 'pending'
  `;
}

/** A final verdict of the scanner: it lets a held picture through, or takes any back. */
export async function updateVerdict(
  sql: Sql,
  { id, verdict }: { id: string; verdict: "allow" | "reject" },
): Promise<void> {
  await sql`
    update media set
      verdict = ${verdict}, state = case when ${verdict} = 'reject' then 'rejected' else 'ready' end
    where id = ${id} and state in ('held', 'ready') and verdict is null
  `;
}

/** @returns A picture that the scanner has not judged; undefined when it is gone or judged. */
export async function selectUnjudged(
  sql: Sql,
  id: string,
): Promise<{ id: string; hash: string } | undefined> {
  const [row] = await sql<{ id: string; hash: string }[]>`
    select id, encode(hash, 'hex') as hash from media
    where id = ${id} and state in ('held', 'ready') and verdict is null
  `;
  return row;
}

/** Sets the state, unless it has become another one meanwhile. */
export async function updateState(
  sql: Sql,
  { id, from, to }: { id: string; from: MediaState; to: MediaState },
): Promise<void> {
  await sql`update media set state = ${to} where id = ${id} and state = ${from}`;
}

/**
 * Notes that the owner has sent their picture to a conversation. The row stays locked until the transaction ends, so that
 * it is not taken for an orphan meanwhile.
 *
 * @returns The picture, or undefined unless it is the sender's and ready.
 */
export async function claimMedia(
  sql: Sql,
  { id, ownerId, conversationId }: { id: string; ownerId: string; conversationId: string },
): Promise<MediaRow | undefined> {
  const [row] = await sql<MediaRow[]>`
    with claimed as (
      update media m set claimed_at = coalesce(m.claimed_at, now())
      where m.id = ${id} and m.owner_id = ${ownerId} and m.state = 'ready'
      returning ${columns(sql)}
    ), used as (
      insert into media_uses (media_id, conversation_id) select id, ${conversationId} from claimed
      on conflict on constraint media_uses_pkey do nothing
    )
    select * from claimed
  `;
  return row;
}

/**
 * Gives up pictures that nobody sent within a day, and those of people who are gone.
 *
 * @returns How many of the batch there were.
 */
export async function updateAbandoned(
  sql: Sql,
  { hours, batch }: { hours: number; batch: number },
): Promise<number> {
  const orphans = await sql`
    update media set state = 'gone' where id in (
      select id from media
      where claimed_at is null and state <> 'gone' and created_at < now() - make_interval(hours => ${hours})
      limit ${batch} for update skip locked
    )
    returning 1
  `;
  const ownerless = await sql`
    update media set state = 'gone' where id in (
      select id from media where owner_id is null and state <> 'gone' limit ${batch} for update skip locked
    )
    returning 1
  `;
  return orphans.length + ownerless.length;
}

/**
 * Of a person who deletes their account: nobody sees them from now on. What a report still has to seal keeps its facts for
 * that long, as it keeps its bytes.
 *
 * @returns How many of the batch there were.
 */
export async function updateErased(
  sql: Sql,
  { userId, batch }: { userId: string; batch: number },
): Promise<number> {
  const rows = await sql`
    with mine as (
      select m.id, exists (select 1 from media_evidence e where e.media_id = m.id and e.sealed_at is null) as is_held
      from media m where m.owner_id = ${userId} limit ${batch}
    )
    update media m set
      state = 'gone', owner_id = null, hash = null,
      placeholder = case when is_held then m.placeholder end,
      width = case when is_held then m.width end,
      height = case when is_held then m.height end
    from mine where m.id = mine.id
    returning 1
  `;
  return rows.length;
}

/** @returns Pictures whose objects have to be removed, but those whose bytes a report still has to copy. */
export async function selectLeftovers(sql: Sql, batch: number): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select m.id from media m
    where m.has_objects and m.state in ('gone', 'rejected')
      and not exists (select 1 from media_evidence e where e.media_id = m.id and e.sealed_at is null)
    limit ${batch}
  `;
  return rows.map(({ id }) => id);
}

/** The objects are gone: a picture that was never sent is forgotten, another one stays as the mark of where it was. */
export async function deleteLeftover(sql: Sql, id: string): Promise<void> {
  await sql`
    with kept as (
      update media set has_objects = false, placeholder = null, width = null, height = null
      where id = ${id} and claimed_at is not null
    )
    delete from media where id = ${id} and claimed_at is null
  `;
}
