/**
 * Generates the rows of one relation for all tables and keeps them consistent: seq without gaps, matching request
 * states, ordered times.
 * @module
 */

import { conversationIdOf } from "../../../server/db/pair.ts";
import type { MatchType, RequestStatus } from "../../../server/protocol/models.ts";
import { Random } from "../../random.ts";
import type { Person } from "./people.ts";
import type { SeedPlan } from "./plan.ts";
import type { Relation } from "./relations.ts";
import { line, opener, paces } from "./talk.ts";

export type Cell = string | number | boolean | null;
/** A table's rows in the order of {@link COLUMNS}. */
export type Rows = { [T in Table]: Cell[][] } & {
  /** Sanctions in force, for the people's own rows: id, muted until, suspended until. */
  in_force: Cell[][];
};
export type Table = keyof typeof COLUMNS;

/** The columns that the seed writes of each table it relates people in, in the order they are loaded. */
export const COLUMNS = {
  conversations: [
    "id", "user1_id", "user2_id", "status", "last_seq", "last_activity", "awaiting_reply_from", "created_at",
    "user1_read_seq", "user1_received", "user1_read", "user2_read_seq", "user2_received", "user2_read",
  ],
  messages: [
    "id", "conversation_id", "seq", "sender_id", "receiver_id", "content", "message_type", "is_request",
    "request_status", "request_id", "created_at", "updated_at",
  ],
  read_marks: ["conversation_id", "reader_id", "seq", "read_at"],
  message_requests: [
    "id", "sender_id", "receiver_id", "message_id", "status", "preview_text", "created_at", "updated_at",
  ],
  matches: ["id", "user1_id", "user2_id", "status", "match_type", "matched_at", "updated_at"],
  user_actions: ["id", "actor_id", "target_id", "action_type", "created_at", "updated_at"],
  user_blocks: ["id", "blocker_id", "blocked_id", "reason", "created_at"],
  user_reports: [
    "id", "reporter_id", "reported_id", "reason", "description", "status", "priority", "due_at", "claimed_by",
    "claimed_until", "resolution_action", "resolution_reason", "resolved_by", "resolved_at", "evidence_count",
    "evidence_head", "created_at", "updated_at",
  ],
  report_evidence_keys: ["report_id", "key"],
  report_evidence: ["report_id", "position", "kind", "sealed", "prev_hash", "hash", "created_at"],
  report_notes: ["id", "report_id", "author_id", "text", "created_at"],
  sanctions: [
    "id", "user_id", "kind", "reason", "until", "report_id", "created_by", "confirmed_by", "confirmed_at", "created_at",
  ],
} as const; // biome-ignore format: a table

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** @returns No rows yet. */
export function emptyRows(): Rows {
  return Object.fromEntries(
    [...Object.keys(COLUMNS), "in_force"].map((table) => [table, [] as Cell[][]]),
  ) as unknown as Rows;
}

/**
 * Adds what one relation left behind.
 * @returns The messages that the two exchanged, oldest first.
 */
export function addRelation(
  rows: Rows,
  relation: Relation,
  scene: { plan: SeedPlan; from: Person; to: Person },
): readonly Cell[][] {
  const { plan, from, to } = scene;
  const random = new Random(`${plan.seed}/relation/${relation.index}`);
  const firstMs = Math.max(Date.parse(from.createdAt), Date.parse(to.createdAt));
  const beganMs = startOf(random, firstMs, { nowMs: plan.nowMs, kind: relation.kind });
  const began = iso(beganMs);
  const [user1, user2] = from.id < to.id ? [from.id, to.id] : [to.id, from.id];
  const act = (actor: Person, target: Person, type: string) =>
    rows.user_actions.push([random.uuid(beganMs), actor.id, target.id, type, began, began]);

  if (relation.kind === "liked") {
    act(from, to, random.weighted({ like: 6, dislike: 3, super_like: 1 }));
    return [];
  }
  if (relation.length === 0) {
    const answered =
      relation.kind === "pending" ? began : iso(Math.min(plan.nowMs, beganMs + random.unit() * 2 * DAY));
    return addRequest(
      { rows, random, from, to },
      { status: relation.kind as RequestStatus, beganMs, answered },
    );
  }

  const conversationId = conversationIdOf(from.id, to.id);
  const matchType = relation.kind === "direct" ? null : matchTypeOf(random);
  const viaRequest = matchType === "message_accepted" || matchType === "message_replied";
  if (matchType === "mutual_like") {
    act(from, to, "like");
    act(to, from, "like");
  }
  const times = paces(random, relation.length, { startMs: beganMs, endMs: plan.nowMs });
  const messages = times.map((atMs, n): Cell[] => {
    const alone = relation.kind === "direct";
    const fromFirst = n === 0 || alone || random.chance(0.52);
    const [sender, receiver] = fromFirst ? [from, to] : [to, from];
    const said = n === 0 ? { content: opener(random), type: "text" } : line(random);
    const at = iso(atMs);
    return [random.uuid(atMs), conversationId, n + 1, sender.id, receiver.id, said.content, said.type, false, null,
      null, at, at]; // biome-ignore format: a row
  });
  const marks = marksOf(random, messages.slice(0, messages.length - unreadOf(random, messages, relation)), {
    times,
    nowMs: plan.nowMs,
  });
  const first = messages[0] as Cell[];
  if (viaRequest) {
    const requestId = random.uuid(beganMs);
    first.splice(7, 3, true, "accepted", requestId);
    const answered = iso(Math.min(plan.nowMs, beganMs + random.unit() * HOUR));
    rows.message_requests.push(
      [requestId, from.id, to.id, first[0] as Cell, "accepted", first[5] as Cell, began, answered],
    ); // biome-ignore format: a row
  }
  rows.messages.push(...messages);
  rows.read_marks.push(...marks);
  const status = { archived: "archived", blocked: "blocked" }[relation.kind as string] ?? "active";
  const awaiting = relation.kind === "direct" ? to.id : null;
  const last = iso(times.at(-1) as number);
  rows.conversations.push([
    conversationId, user1, user2, status, messages.length, last, awaiting, began,
    ...[user1, user2].flatMap((reader) => readingOf(reader, messages, marks)),
  ]); // biome-ignore format: a row
  if (matchType !== null) {
    const state = { archived: "unmatched", blocked: "blocked" }[relation.kind as string] ?? "active";
    rows.matches.push([random.uuid(beganMs), user1, user2, state, matchType, began, began]);
  } else act(from, to, "message_request");
  if (relation.kind === "blocked") {
    rows.user_blocks.push([random.uuid(plan.nowMs), from.id, to.id, "inappropriate_behavior", last]);
  }
  return messages;
}

function addRequest(
  { rows, random, from, to }: { rows: Rows; random: Random; from: Person; to: Person },
  request: { status: RequestStatus; beganMs: number; answered: string },
): Cell[][] {
  const { status, beganMs, answered } = request;
  const began = iso(beganMs);
  const [id, messageId, text] = [random.uuid(beganMs), random.uuid(beganMs), opener(random)];
  const message: Cell[] = [messageId, conversationIdOf(from.id, to.id), null, from.id, to.id, text, "text", true,
    status, id, began, answered]; // biome-ignore format: a row
  rows.messages.push(message);
  rows.message_requests.push([id, from.id, to.id, messageId, status, text, began, answered]);
  return [message];
}

/** Pending requests are of the last days; conversations are of all ages. */
function startOf(random: Random, firstMs: number, { nowMs, kind }: { nowMs: number; kind: string }): number {
  const room = nowMs - firstMs - HOUR;
  const age = kind === "pending" ? random.unit() * Math.min(room, 10 * DAY) : random.unit() ** 2 * room;
  return Math.floor(nowMs - HOUR / 2 - age);
}

function matchTypeOf(random: Random): MatchType {
  return random.weighted({ message_accepted: 5, message_replied: 2, mutual_like: 3 });
}

/** How many of the last words are still unread: some in two of five active conversations. */
function unreadOf(random: Random, messages: readonly Cell[][], relation: Relation): number {
  if (relation.kind !== "direct" && !(relation.kind === "matched" && random.chance(0.4))) return 0;
  const receiver = messages.at(-1)?.[4];
  const most = Math.min(messages.length, 1 + random.below(6));
  let count = 1;
  while (count < most && messages.at(-1 - count)?.[4] === receiver) count++;
  return count;
}

/** Whoever answers has read what came before: one mark for each stretch that one of the two wrote. */
function marksOf(
  random: Random,
  read: readonly Cell[][],
  { times, nowMs }: { times: readonly number[]; nowMs: number },
): Cell[][] {
  return read.flatMap((message, n) => {
    if (read[n + 1]?.[4] === message[4]) return [];
    const [wroteMs, nextMs] = [times[n] as number, times[n + 1] ?? nowMs];
    const readAt = iso(Math.min(nextMs, wroteMs + random.unit() * HOUR));
    return [[message[1] as Cell, message[4] as Cell, n + 1, readAt]];
  });
}

/** Up to where somebody has read; how many messages they received, and how many of those that is. */
function readingOf(reader: string, messages: readonly Cell[][], marks: readonly Cell[][]): Cell[] {
  const seq = (marks.findLast((mark) => mark[1] === reader)?.[2] ?? 0) as number;
  const received = messages.filter((message) => message[4] === reader);
  return [seq, received.length, received.filter((message) => (message[2] as number) <= seq).length];
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
