/**
 * The audit log: who of the staff did what, append-only, one hash chain over all of it. It writes and checks;
 * reading it for people is audit_view.ts's.
 * @module
 */

import { createHash } from "node:crypto";
import type { Sql } from "../../../db/client.ts";
import { newId } from "../../../lib/ids.ts";

/** Everything that is audited. */
export const AUDIT_ACTIONS = [
  "report.claimed",
  "report.released",
  "report.noted",
  "report.evidence_viewed",
  "report.resolved",
  "report.dismissed",
  "report.undone",
  "sanction.imposed",
  "sanction.confirmed",
  "sanction.lifted",
  "block.lifted",
  "block.upheld",
  "user.role_changed",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export const AUDIT_TARGETS = ["report", "block", "user", "sanction"] as const;
export type AuditTarget = (typeof AUDIT_TARGETS)[number];

/** Facts as JSON has them: whole numbers, no undefined. Never a message, a note's text or who reported. */
type Facts = { readonly [key: string]: string | number | boolean | null };

/** What is written down. */
export interface AuditEntry {
  readonly actorId: string;
  readonly action: AuditAction;
  readonly targetType: AuditTarget;
  readonly targetId: string;
  readonly reason?: string | null;
  readonly before?: Facts | null;
  readonly after?: Facts | null;
}

/**
 * Appends an entry in the transaction of what it tells. It locks the end of the chain until that transaction
 * ends, so it comes after every other lock; only the users' logs come later.
 *
 * @example
 * ```ts
 * await audit(sql, { actorId, action: "block.lifted", targetType: "block", targetId: blockId, reason });
 * ```
 */
export async function audit(sql: Sql, entry: AuditEntry): Promise<void> {
  const [head] = await sql<{ seq: string; hash: Uint8Array; at: string }[]>`
    select seq + 1 as seq, hash, to_char(clock_timestamp() at time zone 'UTC', ${TIME_FORMAT}) as at
    from audit_head for no key update
  `;
  if (!head) throw new Error("Cannot write the audit log: its head is missing");
  const { reason = null, before = null, after = null, ...rest } = entry;
  const row = { ...rest, reason, before, after, id: newId(), seq: head.seq, at: head.at };
  const hash = hex(entryHash(head.hash, row));
  await sql`
    with moved as (
      update audit_head set seq = ${row.seq}, hash = decode(${hash}, 'hex')
    )
    insert into audit_log (
      seq, id, actor_id, action, target_type, target_id, reason, before, after, created_at, prev_hash, hash
    ) values (
      ${row.seq}, ${row.id}, ${row.actorId}, ${row.action}, ${row.targetType}, ${row.targetId}, ${reason},
      ${before && JSON.stringify(before)}::text::jsonb, ${after && JSON.stringify(after)}::text::jsonb,
      ${row.at}::text::timestamptz, decode(${hex(head.hash)}, 'hex'), decode(${hash}, 'hex')
    )
  `;
}

/** What checking the log found. */
export type AuditCheck =
  | { readonly ok: true; readonly entries: number }
  | { readonly ok: false; readonly seq: number; readonly problem: string };

/**
 * Walks over the whole log, up to the entry that is the last one now.
 *
 * @param options.batch Entries read at a time. Default 1,000.
 * @returns How many entries there are, or the first that is not what was written.
 */
export async function verifyAudit(sql: Sql, { batch = 1000 }: { batch?: number } = {}): Promise<AuditCheck> {
  const [head] = await sql<{ seq: number; hash: Uint8Array }[]>`select seq::float8, hash from audit_head`;
  if (!head) return { ok: false, seq: 0, problem: "the head is missing" };
  let hash: Uint8Array = new Uint8Array(32);
  let seq = 0;
  while (seq < head.seq) {
    const rows = await selectChain(sql, { after: seq, upTo: head.seq, batch });
    for (const row of rows) {
      if (Number(row.seq) !== ++seq) return { ok: false, seq, problem: "an entry is missing" };
      if (!same(row.prevHash, hash)) return { ok: false, seq, problem: "it does not follow its predecessor" };
      if (!same(row.hash, entryHash(hash, row))) return { ok: false, seq, problem: "it was changed" };
      hash = row.hash;
    }
    if (rows.length === 0) return { ok: false, seq: seq + 1, problem: "an entry is missing" };
  }
  if (!same(hash, head.hash)) return { ok: false, seq, problem: "the end of the chain is another one" };
  return { ok: true, entries: seq };
}

interface ChainRow extends Required<AuditEntry> {
  readonly seq: string;
  readonly id: string;
  readonly at: string;
}

const TIME_FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';

function selectChain(sql: Sql, range: { after: number; upTo: number; batch: number }) {
  return sql<(ChainRow & { prevHash: Uint8Array; hash: Uint8Array })[]>`
    select seq, id, actor_id, action, target_type, target_id, reason, before, after,
      to_char(created_at at time zone 'UTC', ${TIME_FORMAT}) as at, prev_hash, hash
    from audit_log where seq > ${range.after} and seq <= ${range.upTo} order by seq limit ${range.batch}
  `;
}

/** SHA-256(prev_hash ‖ the entry as canonical JSON): jsonb keeps neither the order of keys nor white space. */
function entryHash(prevHash: Uint8Array, row: ChainRow): Uint8Array {
  const { seq, id, actorId, action, targetType, targetId, reason, before, after, at } = row;
  const text = canonical([String(seq), id, actorId, action, targetType, targetId, reason, before, after, at]);
  return new Uint8Array(createHash("sha256").update(prevHash).update(text).digest());
}

/** @returns JSON with the keys of every object in the order of their code units. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join()}}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
