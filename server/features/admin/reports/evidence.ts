/**
 * Evidence as the moderators' screen gets it: shown, or with every text masked. Pure.
 * @module
 */

import { countCodePoints } from "../../../domain/text.ts";
import type { Evidence, OpenedItem } from "../../reports/mod.ts";
import type { EvidenceItem, EvidenceView } from "./schema.ts";

/** @returns The evidence for the wire. */
export function toEvidenceView(
  { check, readable, items }: Evidence,
  { hidden }: { hidden: boolean },
): EvidenceView {
  return {
    hidden,
    intact: check.ok,
    problem: check.ok ? null : `item ${check.position}: ${check.problem}`,
    readable,
    items: items.map((item) => toItem(item, hidden)),
  };
}

function toItem(item: OpenedItem, hidden: boolean): EvidenceItem {
  const place = { position: item.position, kind: item.kind, sealed_at: item.sealedAt.toISOString() };
  switch (item.kind) {
    case "statement": {
      const { description } = item.content;
      const statement = hidden
        ? { ...item.content, description: description === null ? null : "" }
        : item.content;
      return { ...place, masked: mask(hidden, description ?? ""), statement };
    }
    case "profile": {
      const { content } = item;
      const profile = hidden
        ? { ...content, bio: content.bio === null ? null : "", profile_photos: [], interests: [] }
        : content;
      return { ...place, masked: mask(hidden, content.bio ?? ""), profile };
    }
    case "message": {
      const message = hidden ? { ...item.content, content: "" } : item.content;
      return { ...place, masked: mask(hidden, item.content.content), message };
    }
  }
}

function mask(hidden: boolean, text: string): EvidenceItem["masked"] {
  return hidden ? { length: countCodePoints(text) } : null;
}
