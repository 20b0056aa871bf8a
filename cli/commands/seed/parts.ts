/**
 * Selects parts of the seed for runs with --only: their rows are identical to those of the whole seed. Pure.
 * @module
 */
import type { Relation, RelationKind } from "./relations.ts";

/** What `--only` takes; people are always made. */
export const SEED_PARTS = ["people", "conversations", "requests", "likes", "blocks", "reports"] as const;
export type SeedPart = (typeof SEED_PARTS)[number];

const PART_OF = {
  matched: "conversations",
  direct: "conversations",
  archived: "conversations",
  blocked: "blocks",
  pending: "requests",
  declined: "requests",
  cancelled: "requests",
  liked: "likes",
} as const satisfies Record<RelationKind, SeedPart>;

/**
 * @returns The relations of these parts. A report brings along the relation that it is about; a relation that is
 * wanted for itself comes without its report unless reports are wanted, too.
 */
export function* relationsOfParts(
  relations: Iterable<Relation>,
  parts: ReadonlySet<SeedPart>,
): Generator<Relation> {
  for (const relation of relations) {
    const { report, ...unreported } = relation;
    if (report !== undefined && parts.has("reports")) yield relation;
    else if (parts.has(PART_OF[relation.kind])) yield unreported;
  }
}
