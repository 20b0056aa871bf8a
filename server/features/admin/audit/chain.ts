/**
 * The audit log: who of the staff did what, append-only, with one hash chain over all entries. It appends and verifies;
 * reading for people is service.ts's.
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
  "report.picture_viewed",
  "report.resolved",
  "report.dismissed",
  "report.undone",
  "sanction.imposed",
  "sanction.confirmed",
  "sanction.lift_requested",
  "sanction.lifted",
  "appeal.claimed",
  "appeal.released",
  "appeal.upheld",
  "appeal.overturn_requested",
  "appeal.overturned",
  "block.lifted",
  "block.upheld",
  "reporter.reports_dismissed",
  "user.role_changed",
  "user.premium_changed",
  "user.signed_in_by_operator",
  "user.exported_by_operator",
  "user.deleted_by_operator",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export const AUDIT_TARGETS = ["report", "block", "user", "sanction", "appeal"] as const;
export type AuditTarget = (typeof AUDIT_TARGETS)[number];

/** The actor of what was done at the command line without `--by`. */
export const OPERATOR_ID = "00000000-0000-0000-0000-000000000000";

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
 * Appends an entry in the transaction of the change that it records. It locks the head of the chain until that
 * transaction ends, so it comes after every other lock; only the users' logs come later.
 *
 * @example
 * ```ts
 * await audit(sql, { actorId, action: "block.lifted", targetType: "block", targetId: blockId, reason });
 * ```
 */
export async function audit(sql: Sql, entry: AuditEntry): Promise<void> {
  const [head] = await sql<{ seq: string; hash: Uint8Array; at: string }[]>`
    select seq + 1 as seq, hash, to_char(clock_timestamp() at time zone 'UTC', ${EXACT_TIME}) as at
    from audit_head for no key update
  `;
  if (!head) throw new Error("Cannot write the audit log: its head is missing");
  const { reason = null, before = null, after = null, ...rest } = entry;
  const row = { ...rest, reason, before, after, id: newId(), seq: head.seq, at: head.at };
  const hash = toHex(entryHash(head.hash, row));
  await sql`
    with moved as (
      update audit_head set seq = ${row.seq}, hash = decode(${hash}, 'hex')
    )
    insert into audit_log (
      seq, id, actor_id, action, target_type, target_id, reason, before, after, created_at, prev_hash, hash
    ) values (
      ${row.seq}, ${row.id}, ${row.actorId}, ${row.action}, ${row.targetType}, ${row.targetId}, ${reason},
      ${before && JSON.stringify(before)}::text::jsonb, ${after && JSON.stringify(after)}::text::jsonb,
      ${row.at}::text::timestamptz, decode(${toHex(head.hash)}, 'hex'), decode(${hash}, 'hex')
    )
  `;
}

/** What verifying the log found. */
export type AuditCheck =
  | {
      readonly ok: true;
      /** Entries that were verified. */
      readonly entries: number;
      /** Of the last entry; 0 when there is none. */
      readonly seq: number;
      /** Of the last entry, hexadecimal. Kept elsewhere it is an anchor for a later verification. */
      readonly hash: string;
    }
  | { readonly ok: false; readonly seq: number; readonly problem: string };

/** A place in the chain: everything up to `seq` is taken for verified. */
export interface Anchor {
  readonly seq: number;
  /** Of the entry at `seq`, hexadecimal. */
  readonly hash: string;
}

/** Before the first entry. */
const START: Anchor = { seq: 0, hash: "0".repeat(64) };

/**
 * Verifies the chain from an anchor up to the entry that is the last one now.
 *
 * @param options.after Default: the whole log.
 * @param options.batch Entries read at a time. Default 1,000.
 * @returns The end of the chain, or the first entry that is not what was written.
 */
export async function verifyAudit(
  sql: Sql,
  { after = START, batch = 1000 }: { after?: Anchor; batch?: number } = {},
): Promise<AuditCheck> {
  const [head] = await sql<Anchor[]>`select seq::float8, encode(hash, 'hex') as hash from audit_head`;
  if (!head) return { ok: false, seq: 0, problem: "the stored head of the chain is missing" };
  let { seq, hash } = after;
  while (seq < head.seq) {
    const rows = await selectChain(sql, { after: seq, upTo: head.seq, batch });
    for (const row of rows) {
      if (Number(row.seq) !== ++seq) return { ok: false, seq, problem: "the entry is missing" };
      const prevHash = toHex(row.prevHash);
      if (prevHash !== hash)
        return { ok: false, seq, problem: "prev_hash is not the hash of the entry before" };
      hash = toHex(row.hash);
      if (toHex(entryHash(row.prevHash, row)) !== hash) {
        return { ok: false, seq, problem: "the entry was changed: its content does not match its hash" };
      }
    }
    if (rows.length === 0) return { ok: false, seq: seq + 1, problem: "the entry is missing" };
  }
  if (seq !== head.seq || hash !== head.hash) {
    return { ok: false, seq: head.seq, problem: "the stored chain head does not match the last entry" };
  }
  return { ok: true, entries: seq - after.seq, seq, hash };
}

/**
 * Verifies the entry with this hash and everything after it. Whoever rewrote the log from before that entry, head
 * included, cannot have kept its hash.
 * @param hash Hexadecimal, as `GET /admin/audit` and an earlier verification gave it.
 */
export async function verifyAuditFrom(sql: Sql, hash: string): Promise<AuditCheck> {
  if (hash === START.hash) return await verifyAudit(sql);
  const [entry] = await sql<{ seq: number; prevHash: string }[]>`
    select seq::float8, encode(prev_hash, 'hex') as prev_hash from audit_log where hash = decode(${hash}, 'hex')
  `;
  if (!entry) return { ok: false, seq: 0, problem: "no entry has the hash that was given" };
  return await verifyAudit(sql, { after: { seq: entry.seq - 1, hash: entry.prevHash } });
}

interface ChainRow extends Required<AuditEntry> {
  readonly seq: string;
  readonly id: string;
  readonly at: string;
}

/** To the microsecond, as PostgreSQL stores it: the time that is hashed. */
export const EXACT_TIME = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';

function selectChain(sql: Sql, range: { after: number; upTo: number; batch: number }) {
  return sql<(ChainRow & { prevHash: Uint8Array; hash: Uint8Array })[]>`
    select seq, id, actor_id, action, target_type, target_id, reason, before, after,
      to_char(created_at at time zone 'UTC', ${EXACT_TIME}) as at, prev_hash, hash
    from audit_log where seq > ${range.after} and seq <= ${range.upTo} order by seq limit ${range.batch}
  `;
}

/** SHA-256(prev_hash ‖ the entry as canonical JSON): jsonb keeps neither the order of keys nor white space. */
function entryHash(prevHash: Uint8Array, row: ChainRow): Uint8Array {
  const { seq, id, actorId, action, targetType, targetId, reason, before, after, at } = row;
  const text = canonical([String(seq), id, actorId, action, targetType, targetId, reason, before, after, at]);
  return new Uint8Array(createHash("sha256").update(prevHash).update(text).digest());
}

/** @returns JSON without white space, with the keys of every object in the order of their code units. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join()}}`;
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
