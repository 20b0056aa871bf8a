/**
 * Generates which users of the seed know each other and in which state. Popularity follows Zipf's law; each pair occurs
 * once.
 * @module
 */

import { Random } from "../../random.ts";
import { ROLES_IN_CAST as CAST, CAST_SIZE } from "./people.ts";
import type { SeedPlan } from "./plan.ts";

/** How it stands between two people. */
export type RelationKind =
  | "matched"
  | "direct"
  | "archived"
  | "blocked"
  | "pending"
  | "declined"
  | "cancelled"
  | "liked";

/** A pair of people, by their positions; `from` took the first step. */
export interface Relation {
  readonly index: number;
  readonly from: number;
  readonly to: number;
  readonly kind: RelationKind;
  /** Messages in the conversation; 0 where there is none. */
  readonly length: number;
  /** Which of the plan's reports one of them has filed about the other, from 0; absent: none. */
  readonly report?: number;
}

const KINDS = {
  matched: 52,
  direct: 4,
  archived: 7,
  blocked: 3,
  pending: 16,
  declined: 6,
  cancelled: 3,
  liked: 9,
} as const satisfies Record<RelationKind, number>;

const WITH_CONVERSATION: ReadonlySet<RelationKind> = new Set(["matched", "direct", "archived", "blocked"]);
/** The long chat of the cast: 10,000 messages from scale 1 on. */
const LONG_CHAT = 10_000;
const LONG_CHAT_SHARE = 0.2;
/** Of all relations; a little less than the share that is not only a like, so that the plan's number comes out. */
const SHARE_REPORTABLE = 0.8;

/** Relations that the cast is there for. */
function castRelations(longChat: number): Omit<Relation, "index">[] {
  return [
    { from: CAST.chatty1, to: CAST.chatty2, kind: "matched", length: longChat },
    { from: CAST.blocker, to: CAST.blocked, kind: "blocked", length: 14 },
    { from: CAST_SIZE, to: CAST.ada, kind: "pending", length: 0 },
    { from: CAST_SIZE + 1, to: CAST.ada, kind: "pending", length: 0 },
    { from: CAST.emoji, to: CAST.ada, kind: "matched", length: 12 },
    { from: CAST.rtl, to: CAST.ben, kind: "matched", length: 9 },
    { from: CAST.ada, to: CAST_SIZE + 2, kind: "matched", length: 25 },
    { from: CAST_SIZE + 3, to: CAST.ada, kind: "archived", length: 6 },
  ];
}

/** @returns Every relation of the plan, in order; the same for the same plan. */
export function* relationsOf(plan: SeedPlan): Generator<Relation> {
  // Spread over all relations that can have one; the first is the blocked pair of the cast.
  const every = Math.max(1, Math.floor((plan.relations * SHARE_REPORTABLE) / plan.reports));
  let [reportable, report] = [every - 1, 0];
  for (const relation of pairsOf(plan)) {
    const due = isReportable(relation) && ++reportable % every === 0 && report < plan.reports;
    yield due ? { ...relation, report: report++ } : relation;
  }
}

/** Somebody wrote something, and it is nobody whom the first steps use. */
function isReportable({ from, to, kind }: Relation): boolean {
  const spared: readonly number[] = [CAST.ada, CAST.ben, CAST.chatty1, CAST.chatty2];
  return kind !== "liked" && !spared.includes(from) && !spared.includes(to);
}

function* pairsOf(plan: SeedPlan): Generator<Relation> {
  const random = new Random(`${plan.seed}/relations`);
  const longChat = Math.min(LONG_CHAT, Math.round(plan.messages * LONG_CHAT_SHARE));
  const taken = new Set<number>([pairKey(plan, CAST.ada, CAST.ben)]);
  let index = 0;
  for (const relation of castRelations(longChat)) {
    taken.add(pairKey(plan, relation.from, relation.to));
    yield { index: index++, ...relation };
  }
  // The mean of a log-normal is median × e^(σ²/2): chosen so that the plan's number of messages comes out.
  const conversations = (plan.relations - index) * shareWithConversation();
  const sigma = 1.2;
  const median = (plan.messages - longChat) / conversations / Math.exp(sigma ** 2 / 2);
  const members = plan.people - CAST_SIZE;
  for (let misses = 0; index < plan.relations && misses < plan.relations * 20; ) {
    const from = CAST_SIZE + random.below(members);
    const to = CAST_SIZE + random.zipf(members);
    const key = pairKey(plan, from, to);
    if (from === to || taken.has(key)) {
      misses++;
      continue;
    }
    taken.add(key);
    const kind = random.weighted(KINDS);
    const length = WITH_CONVERSATION.has(kind) ? Math.max(1, Math.round(random.logNormal(median, sigma))) : 0;
    yield { index: index++, from, to, kind, length };
  }
}

function shareWithConversation(): number {
  const total = Object.values(KINDS).reduce((sum, weight) => sum + weight, 0);
  return [...WITH_CONVERSATION].reduce((sum, kind) => sum + KINDS[kind], 0) / total;
}

function pairKey(plan: SeedPlan, a: number, b: number): number {
  return Math.min(a, b) * plan.people + Math.max(a, b);
}
