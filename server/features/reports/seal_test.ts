import { expect, test } from "bun:test";
import { newId } from "../../lib/ids.ts";
import {
  chainStart,
  checkChain,
  type EvidenceKind,
  linkHash,
  newEvidenceKey,
  type SealedItem,
  seal,
  unseal,
} from "./seal.ts";

const reportId = newId();
const key = newEvidenceKey();

function chainOf(contents: string[]): SealedItem[] {
  const items: SealedItem[] = [];
  for (const [index, content] of contents.entries()) {
    const place = { reportId, position: index + 1, kind: "message" as EvidenceKind };
    const link = {
      position: place.position,
      kind: place.kind,
      sealed: seal(key, place, { content }),
      prevHash: items.at(-1)?.hash ?? chainStart(reportId),
    };
    items.push({ ...link, hash: linkHash(link) });
  }
  return items;
}

function endOf(items: SealedItem[]) {
  return { reportId, count: items.length, head: items.at(-1)?.hash ?? null };
}

test("what is sealed opens again, and its text is not in the seal", () => {
  const place = { reportId, position: 1, kind: "message" as const };
  const sealed = seal(key, place, { content: "grüße 🎉 and a secret" });
  expect(unseal(key, place, sealed)).toEqual({ content: "grüße 🎉 and a secret" });
  expect(Buffer.from(sealed).includes("secret")).toBe(false);
  expect(seal(key, place, { content: "x" })).not.toEqual(seal(key, place, { content: "x" }));
});

test("another key, report, position or kind does not open it, nor does a changed byte", () => {
  const place = { reportId, position: 1, kind: "message" as const };
  const sealed = seal(key, place, { content: "secret" });
  expect(() => unseal(newEvidenceKey(), place, sealed)).toThrow();
  expect(() => unseal(key, { ...place, reportId: newId() }, sealed)).toThrow();
  expect(() => unseal(key, { ...place, position: 2 }, sealed)).toThrow();
  expect(() => unseal(key, { ...place, kind: "profile" }, sealed)).toThrow();
  for (let i = 0; i < sealed.length; i++) {
    const changed = sealed.slice();
    changed[i]! ^= 1;
    expect(() => unseal(key, place, changed)).toThrow();
  }
});

test("a whole chain verifies", () => {
  const items = chainOf(["a", "b", "c"]);
  expect(checkChain(items, endOf(items))).toEqual({ ok: true, items: 3 });
  expect(checkChain([], { reportId, count: 0, head: null })).toEqual({ ok: true, items: 0 });
});

test("a changed, swapped, removed or foreign item is found where it is", () => {
  const items = chainOf(["a", "b", "c", "d"]);
  const end = endOf(items);
  const [first, second, third, fourth] = items as [SealedItem, SealedItem, SealedItem, SealedItem];
  const forged = {
    ...second,
    sealed: seal(key, { reportId, position: 2, kind: "message" }, { content: "B" }),
  };
  const at = (list: SealedItem[]) => checkChain(list, end);

  expect(at([first, forged, third, fourth])).toMatchObject({ ok: false, position: 2 });
  // Even with its own hash made right, the next one does not follow it.
  expect(at([first, { ...forged, hash: linkHash(forged) }, third, fourth])).toMatchObject({ position: 3 });
  expect(at([first, third, second, fourth])).toMatchObject({ ok: false, position: 2 });
  expect(at([first, second, fourth])).toMatchObject({ ok: false, position: 3 });
  expect(at([first, { ...second, kind: "profile" }, third, fourth])).toMatchObject({
    ok: false,
    position: 2,
  });
  expect(at([first, second, third])).toMatchObject({ ok: false, position: 4 });
  expect(at([])).toMatchObject({ ok: false, position: 1 });
  expect(checkChain(items, { ...end, head: null })).toMatchObject({ ok: false, position: 5 });
  expect(checkChain(items, { ...end, reportId: newId() })).toMatchObject({ ok: false, position: 1 });
});
