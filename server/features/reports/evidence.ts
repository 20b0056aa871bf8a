/**
 * The evidence chain of a report in the database: appending to it, reading it, checking it. It decides neither
 * what is evidence nor who may see it.
 * @module
 */

import type { Sql } from "../../db/client.ts";
import type { EvidenceContent, OpenedItem } from "./evidence_items.ts";
import {
  type ChainCheck,
  checkChain,
  type EvidenceKind,
  newEvidenceKey,
  type SealedItem,
  sealChain,
  unseal,
} from "./seal.ts";

/** A report's evidence, opened as far as its key allows. */
export interface Evidence {
  /** Whether the chain is whole and unchanged. */
  readonly check: ChainCheck;
  /** False when the key was destroyed at the end of its term: the chain still verifies, nothing can be read. */
  readonly readable: boolean;
  readonly items: readonly OpenedItem[];
}

/** Gives a new report the key of its evidence. */
export async function insertEvidenceKey(sql: Sql, reportId: string): Promise<void> {
  const hex = Buffer.from(newEvidenceKey()).toString("hex");
  await sql`insert into report_evidence_keys (report_id, key) values (${reportId}, decode(${hex}, 'hex'))`;
}

/**
 * Seals items and appends them to the report's chain. The caller has the report's row locked.
 * @throws Error when the report's key was destroyed.
 */
export async function appendEvidence(
  sql: Sql,
  reportId: string,
  contents: readonly EvidenceContent[],
): Promise<void> {
  const end = await selectChainEnd(sql, reportId);
  const key = await selectKey(sql, reportId);
  if (end === null || key === null) throw new Error("Cannot seal the evidence: its key was destroyed");
  const links = sealChain({ reportId, ...end, key }, contents);
  const last = links.at(-1);
  if (last === undefined) return;
  await insertLinks(sql, reportId, links);
  await sql`
    update user_reports set evidence_count = ${last.position}, evidence_head = decode(${toHex(last.hash)}, 'hex')
    where id = ${reportId}
  `;
}

/** @returns The evidence, or null for an unknown report. Items that do not open are left out and fail the check. */
export async function openEvidence(sql: Sql, reportId: string): Promise<Evidence | null> {
  const end = await selectChainEnd(sql, reportId);
  if (end === null) return null;
  const [key, rows] = [await selectKey(sql, reportId), await selectLinks(sql, reportId)];
  let check = checkChain(rows, { reportId, ...end });
  const items: OpenedItem[] = [];
  if (key === null) return { check, readable: false, items };
  for (const { position, kind, sealed, createdAt } of rows) {
    try {
      const content = unseal(key, { reportId, position, kind }, sealed);
      items.push({ position, kind, content, sealedAt: createdAt } as OpenedItem);
    } catch {
      if (check.ok) check = { ok: false, position, problem: "it does not open with the report's key" };
    }
  }
  return { check, readable: true, items };
}

/**
 * Checks the chain of a report without reading its content.
 * @returns What was found, or null for an unknown report.
 */
export async function verifyEvidence(sql: Sql, reportId: string): Promise<ChainCheck | null> {
  const end = await selectChainEnd(sql, reportId);
  return end === null ? null : checkChain(await selectLinks(sql, reportId), { reportId, ...end });
}

/** @returns Whether the evidence of a report can still be read and added to: its term is not over. */
export async function isEvidenceReadable(sql: Sql, reportId: string): Promise<boolean> {
  return (await selectKey(sql, reportId)) !== null;
}

async function selectChainEnd(sql: Sql, reportId: string) {
  const [row] = await sql<{ count: number; head: Uint8Array | null }[]>`
    select evidence_count as count, evidence_head as head from user_reports where id = ${reportId}
  `;
  return row ?? null;
}

/** @returns The key of a report's evidence; null once its term is over. */
export async function selectKey(sql: Sql, reportId: string): Promise<Uint8Array | null> {
  const [row] = await sql<{ key: Uint8Array }[]>`
    select key from report_evidence_keys where report_id = ${reportId}
  `;
  return row?.key ?? null;
}

function selectLinks(sql: Sql, reportId: string) {
  return sql<(SealedItem & { createdAt: Date })[]>`
    select position, kind, sealed, prev_hash, hash, created_at
    from report_evidence where report_id = ${reportId} order by position
  `;
}

async function insertLinks(sql: Sql, reportId: string, links: readonly SealedItem[]): Promise<void> {
  await sql`
    insert into report_evidence (report_id, position, kind, sealed, prev_hash, hash)
    select ${reportId}, position, kind, decode(sealed, 'hex'), decode(prev_hash, 'hex'), decode(hash, 'hex')
    from unnest(
      ${links.map((link) => link.position)}::int[],
      ${links.map((link): EvidenceKind => link.kind)}::text[],
      ${links.map((link) => toHex(link.sealed))}::text[],
      ${links.map((link) => toHex(link.prevHash))}::text[],
      ${links.map((link) => toHex(link.hash))}::text[]
    ) as t (position, kind, sealed, prev_hash, hash)
  `;
}

function toHex(bytes: Uint8Array | null): string {
  return Buffer.from(bytes ?? []).toString("hex");
}
