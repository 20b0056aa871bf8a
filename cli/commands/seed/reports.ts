/**
 * Generates reports in every state, with evidence sealed as the server does, notes and sanctions. Pure. It writes no
 * audit entries: that log records real actions only.
 * @module
 */
import {
  type EvidenceContent,
  type MessageCopy,
  sealChain,
  URGENCY,
} from "../../../server/features/reports/mod.ts";
import type { ReportReason, SanctionKind } from "../../../server/protocol/models.ts";
import { Random } from "../../random.ts";
import type { Person } from "./people.ts";
import type { SeedPlan } from "./plan.ts";
import type { Cell, Rows } from "./rows.ts";

/** Who and what a report is about. */
export interface ReportScene {
  readonly plan: SeedPlan;
  /** Which of the plan's reports it is, from 0: the states take turns. */
  readonly ordinal: number;
  readonly reporter: Person;
  readonly reported: Person;
  readonly staff: { readonly moderator: Person; readonly admin: Person };
  /** Rows of `messages` that the two exchanged, oldest first. */
  readonly messages: readonly Cell[][];
}

type State =
  | "pending"
  | "claimed"
  | "reviewed"
  | "dismissed"
  | "none"
  | Exclude<SanctionKind, "ban">
  | "ban awaiting"
  | "ban confirmed";

/** The first dozen has every state. */
const STATES: readonly State[] = [
  "pending", "reviewed", "warn", "pending", "mute", "claimed", "dismissed", "suspend", "pending", "ban awaiting",
  "none", "ban confirmed",
]; // biome-ignore format: a table
const REASONS: readonly [ReportReason, string | null][] = [
  ["harassment", "Keeps writing although I asked for no more messages."],
  ["scam", "Asked me to invest in a coin on the second day."],
  ["fake_profile", "These photos are from a catalogue."],
  ["spam", null],
  ["inappropriate_behavior", "Comments on my body in every message."],
  ["underage", "Says in the chat that she is 16."],
  ["other", "I know this person, and the name is not theirs."],
];
const DECIDED: ReadonlySet<State> = new Set([
  "dismissed",
  "none",
  "warn",
  "mute",
  "suspend",
  "ban awaiting",
  "ban confirmed",
]);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** As many as the server seals when no message is named. */
const LATEST = 50;
const LEASE = 10 * 60_000;

/** Adds one report with all that belongs to it. */
export function addReport(rows: Rows, scene: ReportScene): void {
  const { plan, ordinal, reporter, reported, staff } = scene;
  const random = new Random(`${plan.seed}/report/${ordinal}`);
  const state = STATES[ordinal % STATES.length] as State;
  const [reason, description] = REASONS[ordinal % REASONS.length] as (typeof REASONS)[number];
  const filedMs = filedAt(random, scene, state);
  const id = random.uuid(filedMs);
  const { priority, hours } = URGENCY[reason];
  const decidedMs = DECIDED.has(state) ? Math.min(plan.nowMs, filedMs + random.unit() * hours * HOUR) : null;
  const links = seal({ random, id }, evidence(scene, { reason, description, filedMs }));
  const claimed = state === "claimed" ? staff.moderator.id : null;
  rows.user_reports.push([
    id, reporter.id, reported.id, reason, description, statusOf(state), priority, iso(filedMs + hours * HOUR),
    claimed, claimed && iso(plan.nowMs + LEASE),
    decidedMs === null ? null : actionOf(state), decidedMs === null ? null : wordsFor(state),
    decidedMs === null ? null : staff.moderator.id, decidedMs === null ? null : iso(decidedMs),
    links.length, hex(links.at(-1)?.hash), iso(filedMs), iso(decidedMs ?? filedMs),
  ]); // biome-ignore format: a row
  rows.report_evidence_keys.push([id, hex(keyOf(random))]);
  for (const link of links) {
    rows.report_evidence.push([
      id, link.position, link.kind, hex(link.sealed), hex(link.prevHash), hex(link.hash), iso(filedMs),
    ]); // biome-ignore format: a row
  }
  if (state === "reviewed") {
    const text = "Asked the reporter for a screenshot; the profile photos look bought.";
    rows.report_notes.push([random.uuid(filedMs), id, staff.moderator.id, text, iso(filedMs + HOUR / 2)]);
  }
  if (decidedMs !== null) addSanction(rows, { scene, state, reportId: id, decidedMs, random });
}

/** Open ones are of the last days, some of them overdue; decided ones of the last months. */
function filedAt(random: Random, { plan, messages }: ReportScene, state: State): number {
  const lastMs = Date.parse((messages.at(-1)?.[12] ?? plan.now) as string);
  const ageMs = (DECIDED.has(state) ? 90 : 2) * DAY * random.unit() + HOUR;
  return Math.floor(Math.max(Math.min(lastMs + 60_000, plan.nowMs), plan.nowMs - ageMs));
}

function statusOf(state: State): string {
  if (state === "pending" || state === "claimed") return "pending";
  return state === "reviewed" || state === "dismissed" ? state : "resolved";
}

function actionOf(state: State): string {
  if (state === "dismissed") return "none";
  return state.split(" ")[0] as string;
}

function wordsFor(state: State): string {
  return state === "dismissed" || state === "none"
    ? "Nothing in the messages goes against the rules."
    : "The messages speak for themselves.";
}

interface Decision {
  readonly scene: ReportScene;
  readonly state: State;
  readonly reportId: string;
  readonly decidedMs: number;
  readonly random: Random;
}

function addSanction(rows: Rows, { scene, state, reportId, decidedMs, random }: Decision): void {
  const { plan, reported, staff } = scene;
  const until = {
    mute: iso(plan.nowMs + 3 * DAY),
    suspend: iso(plan.nowMs + 20 * DAY),
    "ban awaiting": iso(decidedMs + 7 * DAY),
    "ban confirmed": "infinity",
  }[state as string];
  if (until === undefined && state !== "warn") return;
  const confirmed = state === "ban confirmed";
  rows.sanctions.push([
    random.uuid(decidedMs), reported.id, actionOf(state), wordsFor(state), until ?? null, reportId,
    staff.moderator.id, confirmed ? staff.admin.id : null, confirmed ? iso(decidedMs + HOUR) : null, iso(decidedMs),
  ]); // biome-ignore format: a row
  const isAhead = until === "infinity" || Date.parse(until ?? "") > plan.nowMs;
  if (until !== undefined && isAhead) {
    rows.in_force.push([reported.id, state === "mute" ? until : null, state === "mute" ? null : until]);
  }
}

function evidence(
  { reported, messages }: ReportScene,
  { reason, description, filedMs }: { reason: ReportReason; description: string | null; filedMs: number },
): EvidenceContent[] {
  const filed = iso(filedMs);
  const age = yearsBetween(reported.dateOfBirth, filed);
  const { id, name, gender, country, city, bio, photos, interests, createdAt } = reported;
  const profile = {
    id, name, age, gender, country, state: null, city, bio, profile_photos: [...photos], interests: [...interests],
    joined_at: createdAt,
  }; // biome-ignore format: a row
  return [
    { kind: "statement", content: { reason, description, message_ids: [], filed_at: filed } },
    { kind: "profile", content: profile },
    ...messages.slice(-LATEST).map((row) => ({ kind: "message" as const, content: copyOf(row) })),
  ];
}

/** A row of `messages`, in the order of its columns, as evidence. */
function copyOf(row: readonly Cell[]): MessageCopy {
  const [
    id,
    conversation_id,
    seq,
    sender_id,
    receiver_id,
    content,
    message_type,
    is_request,
    request_status,
  ] = row;
  return {
    id, conversation_id, seq, sender_id, receiver_id, content, message_type, is_request, request_status,
    created_at: row[10], named: false,
  } as MessageCopy; // biome-ignore format: a row
}

function seal({ random, id }: { random: Random; id: string }, contents: readonly EvidenceContent[]) {
  let item = 0;
  // Each item has a place of its own in the stream: never the same bytes twice under one key.
  const newIv = () => bytes(new Random(`${id}/iv/${++item}`), 12);
  return sealChain({ reportId: id, count: 0, head: null, key: keyOf(random), newIv }, contents);
}

/** Of a stream of its own, so that it can be asked for twice. */
function keyOf(random: Random): Uint8Array {
  return bytes(random.fork("key"), 32);
}

function bytes(random: Random, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => random.below(256));
}

function hex(value: Uint8Array | undefined): string | null {
  return value === undefined ? null : `\\x${Buffer.from(value).toString("hex")}`;
}

function yearsBetween(birth: string, day: string): number {
  const years = Number(day.slice(0, 4)) - Number(birth.slice(0, 4));
  return day.slice(5, 10) < birth.slice(5) ? years - 1 : years;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
