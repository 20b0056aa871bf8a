/**
 * The seal of evidence: AES-256-GCM under a report's own key, and a hash chain over the sealed items. Pure
 * cryptography; it knows no table and no meaning of what it seals.
 * @module
 */

import { createHash, randomBytes } from "node:crypto";
import { newIv, sealJson, unsealJson } from "../../lib/sealed_json.ts";

/** What kind of thing an item of evidence is. */
export type EvidenceKind = "statement" | "profile" | "message" | "picture";

/** Where an item stands. It is bound into the seal, so that no item can be moved to another place or report. */
export interface Place {
  readonly reportId: string;
  /** 1, 2, 3 … within the report. */
  readonly position: number;
  readonly kind: EvidenceKind;
}

/** One link of a report's chain, as it is stored. */
export interface SealedItem {
  readonly position: number;
  readonly kind: EvidenceKind;
  readonly sealed: Uint8Array;
  readonly prevHash: Uint8Array;
  readonly hash: Uint8Array;
}

/** @returns A fresh key for one report's evidence. Destroying it destroys the evidence. */
export function newEvidenceKey(): Uint8Array {
  return new Uint8Array(randomBytes(32));
}

/** @returns What the first item of a report's chain follows: chains of two reports never share a link. */
export function chainStart(reportId: string): Uint8Array {
  return sha256(Buffer.from(`vibesmatch/evidence/${reportId}`));
}

/**
 * @param place.iv 12 bytes that were never used with this key. @default random
 * @returns iv ‖ ciphertext ‖ tag.
 */
export function seal(
  key: Uint8Array,
  { iv, ...place }: Place & { readonly iv?: Uint8Array },
  content: unknown,
): Uint8Array {
  return sealJson(key, contextOf(place), content, iv);
}

/**
 * @returns What was sealed.
 * @throws Error when the key, the place or the bytes are not those of the sealing.
 */
export function unseal(key: Uint8Array, place: Place, sealed: Uint8Array): unknown {
  return unsealJson(key, contextOf(place), sealed);
}

/** @returns SHA-256(prev_hash ‖ position as 4 bytes, big-endian ‖ kind ‖ sealed). */
export function linkHash({ prevHash, position, kind, sealed }: Omit<SealedItem, "hash">): Uint8Array {
  const place = Buffer.alloc(4);
  place.writeUInt32BE(position);
  return sha256(Buffer.concat([prevHash, place, Buffer.from(kind), sealed]));
}

/** Where a chain goes on, and under which key. */
export interface ChainOptions extends ChainEnd {
  readonly key: Uint8Array;
  /** Brings 12 bytes for each item, never the same twice for one key. @default random */
  readonly newIv?: () => Uint8Array;
}

/** @returns The items, sealed as the next links of a report's chain. */
export function sealChain(
  { reportId, count, head, key, newIv: ivFor = newIv }: ChainOptions,
  items: readonly { readonly kind: EvidenceKind; readonly content: unknown }[],
): SealedItem[] {
  let prevHash = head ?? chainStart(reportId);
  return items.map(({ kind, content }, index) => {
    const position = count + index + 1;
    const sealed = seal(key, { reportId, position, kind, iv: ivFor() }, content);
    const link = { position, kind, sealed, prevHash };
    const hash = linkHash(link);
    prevHash = hash;
    return { ...link, hash };
  });
}

/** What checking a chain found. */
export type ChainCheck =
  | { readonly ok: true; readonly items: number }
  | { readonly ok: false; readonly position: number; readonly problem: string };

/** What a report says of its chain. */
export interface ChainEnd {
  readonly reportId: string;
  /** Items that the report says it has. */
  readonly count: number;
  /** Hash of the last item, as the report says. */
  readonly head: Uint8Array | null;
}

/** @returns Whether the items, in order of position, are the whole chain of the report, unchanged. */
export function checkChain(items: readonly SealedItem[], { reportId, count, head }: ChainEnd): ChainCheck {
  let prevHash = chainStart(reportId);
  for (const [index, item] of items.entries()) {
    const position = index + 1;
    if (item.position !== position) return { ok: false, position, problem: "an item is missing" };
    if (!same(item.prevHash, prevHash))
      return { ok: false, position, problem: "it does not follow its predecessor" };
    if (!same(item.hash, linkHash(item))) return { ok: false, position, problem: "it was changed" };
    prevHash = item.hash as Uint8Array<ArrayBuffer>;
  }
  if (items.length !== count || (count > 0 && (head === null || !same(head, prevHash)))) {
    return { ok: false, position: items.length + 1, problem: "the end of the chain is not the report's" };
  }
  return { ok: true, items: count };
}

function contextOf({ reportId, position, kind }: Place): string {
  return `${reportId}/${position}/${kind}`;
}

function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash("sha256").update(bytes).digest());
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
