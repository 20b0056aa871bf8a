/**
 * Whether DATABASE_ENGINE says how the tables of the database lie: with the other one, each send would fail.
 * @module
 */
import type { SpreadTable } from "./citus.ts";

/** What is wrong, and what to do. */
interface Mismatch {
  readonly problem: string;
  readonly fix: string;
}

/**
 * @param declared DATABASE_ENGINE.
 * @param found From readSpread.
 * @returns Undefined when they agree.
 */
export function mismatchOf(
  declared: "postgresql" | "citus",
  found: readonly SpreadTable[] | undefined,
): Mismatch | undefined {
  const spread = found?.filter(({ shards }) => shards > 0) ?? [];
  if (declared === "citus" && (found === undefined || spread.length < found.length)) {
    return {
      problem: "says that the tables are distributed, and they are not",
      fix: "`vibes db distribute`, once",
    };
  }
  if (declared === "postgresql" && spread.length > 0) {
    return { problem: "does not say that the tables are distributed", fix: "citus" };
  }
  return undefined;
}
