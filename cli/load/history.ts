/**
 * Compares what was confirmed in a conversation with the history that the server has kept of it, also when the database
 * was put back to an earlier point in between. Pure.
 * @module
 */
import type { Issue } from "./report_shape.ts";

/** A message that was confirmed. */
export interface Confirmed {
  readonly seq: number;
  readonly messageId: string;
  /** By Date.now(). */
  readonly at: number;
}

/** A message as it is kept. */
export interface Kept {
  readonly id: string;
  readonly seq: number;
}

/** What the history says of a conversation. */
export interface Comparison {
  /** Messages that are stored and that nobody was told of. */
  readonly unconfirmed: number;
  /** Messages that were confirmed before the database was put back to an earlier point, and are not in it. */
  readonly rolledBack: number;
  /** When the first of them was confirmed, by Date.now(); undefined: there are none. */
  readonly rolledBackFrom: number | undefined;
}

/** One way in which the history is not what was confirmed. */
interface Difference extends Pick<Issue, "kind" | "seq" | "detail"> {
  readonly messageId: string;
}

/**
 * @param confirmed By position.
 * @param messages The whole history, the oldest first.
 */
export function differencesOf(
  confirmed: readonly (Confirmed | undefined)[],
  messages: readonly Kept[],
): Difference[] {
  const differences: Difference[] = [];
  const misplaced = messages.findIndex(({ seq }, i) => seq !== i + 1);
  if (misplaced >= 0) {
    const { id: messageId, seq } = messages[misplaced]!;
    const detail = `stands at place ${misplaced + 1} of the history`;
    differences.push({ kind: "history", messageId, seq, detail });
  }
  const found = new Map(messages.map(({ id, seq }) => [seq, id]));
  for (const one of confirmed) {
    if (one === undefined) continue;
    const { seq, messageId } = one;
    const there = found.get(seq);
    if (there === messageId) continue;
    const detail = there === undefined ? "not in the history" : `history has ${there} in its place`;
    differences.push({ kind: there === undefined ? "lost" : "history", messageId, seq, detail });
  }
  return differences;
}

/**
 * An earlier point keeps a beginning of each conversation.
 *
 * @param part What was confirmed before, by position.
 * @param messages What the history has.
 * @returns What was confirmed after the point (`gone`), and what is missing although something after it is there.
 */
export function rolledBackOf(
  part: readonly (Confirmed | undefined)[],
  messages: readonly Kept[],
): { readonly gone: readonly Confirmed[]; readonly lost: readonly Confirmed[] } {
  const found = new Map(messages.map(({ id, seq }) => [seq, id]));
  const confirmed = part.filter((one) => one !== undefined);
  const isKept = ({ seq, messageId }: Confirmed) => found.get(seq) === messageId;
  const lastKept = confirmed.findLastIndex(isKept);
  return {
    gone: confirmed.slice(lastKept + 1),
    lost: confirmed.slice(0, lastKept + 1).filter((one) => !isKept(one)),
  };
}
