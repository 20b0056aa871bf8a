/**
 * What the dashboard shows in tests: reports, a block, a person, numbers. The same for the same arguments,
 * and all of it at {@link FIXED_NOW}.
 * @module
 */
import type {
  AppealRow,
  AuditRow,
  BlockDetail,
  BlockRow,
  Dossier,
  EvidenceItem,
  ModerationStats,
  PersonRow,
  ReportDetail,
  ReportedRow,
  ReportRow,
  Sanction,
  SanctionRow,
  Stats,
} from "../../admin-tui/wire.ts";
import { REPORT_REASONS, type ReportReason } from "../../server/protocol/models.ts";

/** The time of every clock in these tests. */
export const FIXED_NOW = Date.parse("2026-01-15T12:00:00.000Z");

/** The moderators. */
export const ANA = { id: "01980000-0000-7000-8000-0000000000a1", name: "ana" };
export const BEN = { id: "01980000-0000-7000-8000-0000000000b2", name: "ben" };

/** @returns A time of the wire, so many minutes before now. */
export function ago(minutes: number): string {
  return new Date(FIXED_NOW - minutes * 60_000).toISOString();
}

/** @returns An id, the same for the same number. */
export function idOf(index: number): string {
  return `01980000-0000-7000-8000-${String(index).padStart(12, "0")}`;
}

/** Somebody who was reported, the same for the same number. */
export function reportRow(index: number, facts: Partial<ReportRow> = {}): ReportRow {
  const id = idOf(index);
  const created = ago((index + 1) * 7);
  return {
    id,
    reason: REPORT_REASONS[index % REPORT_REASONS.length] ?? "other",
    status: "pending",
    priority: 1,
    created_at: created,
    updated_at: created,
    due_at: new Date(FIXED_NOW + (index - 2) * 40 * 60_000).toISOString(),
    overdue: index < 2,
    reporter: { id, name: `Reporter ${index}` },
    reported: reportedCard(id, index % 7 === 3 ? `世界 ${index} Ünal` : `person_${index}`),
    reporter_count: 1 + (index % 4),
    other_open: 0,
    prior_reports: index % 3,
    claim: index === 1 ? { by: { id: "ben", name: "ben" }, until: "2026-01-15T12:09:00.000Z" } : null,
    resolution: null,
    evidence_count: 2,
    note_count: 0,
    ...facts,
  };
}

function reportedCard(id: string, name: string): ReportRow["reported"] {
  return {
    id,
    name,
    profile_photos: [],
    is_online: false,
    last_active: null,
    role: "user",
    joined_at: "2025-12-01T12:00:00.000Z",
    muted_until: null,
    suspended_until: null,
    banned: false,
    ban_waits: false,
  };
}

const QUEUE: readonly (readonly [name: string, reason: ReportReason, minutes: number, dueIn: number])[] = [
  ["kit", "underage", 44, -14],
  ["mia_29", "harassment", 12, 48],
  ["leo", "harassment", 31, 29],
  ["sam", "scam", 18, 130],
  ["mr.invest", "scam", 95, 190],
  ["Noor", "inappropriate_behavior", 70, 410],
  ["ruby", "spam", 61, 1_379],
  ["Jean-Luc", "fake_profile", 200, 1_240],
  ["max", "other", 300, 1_140],
];
const MORE = ["anya", "piotr", "Zara", "dev_k", "Ines", "tom", "Yuki", "Álvaro", "lena", "omar"];

/** @returns A queue as a moderator finds it in the morning, the most urgent first. */
export function queue(length = 37): ReportRow[] {
  return Array.from({ length }, (_, index) => {
    const [name = "", reason = "other", minutes = 0, dueIn = 0] = QUEUE[index] ?? [
      `${MORE[index % MORE.length]}${index > 20 ? index : ""}`,
      (["spam", "fake_profile", "other"] as const)[index % 3],
      310 + index * 13,
      1_150 + index * 9,
    ];
    const id = `01980000-0000-7000-8000-0000${((index + 9) * 2_654_435_761).toString(16).slice(-8).padStart(8, "0")}`;
    return reportRow(index, {
      id,
      reason,
      created_at: ago(minutes),
      due_at: ago(-dueIn),
      overdue: dueIn < 0,
      reporter: { id: idOf(900 + index), name: "Pat" },
      reported: reportedCard(idOf(500 + index), name),
      reporter_count: [1, 4, 1, 9, 2, 1, 3][index] ?? 1,
      prior_reports: [0, 2, 0, 1][index] ?? 0,
      claim: index === 3 ? { by: BEN, until: ago(-7) } : null,
      evidence_count: 6,
    });
  });
}

/** @returns The open reports by person, as the server groups them. */
export function peopleOf(reports: readonly ReportRow[]): ReportedRow[] {
  const people = Map.groupBy(
    reports.filter(({ status }) => status === "pending" || status === "reviewed"),
    ({ reported }) => reported.id,
  );
  return [...people.values()].map((rows) => {
    const [first] = rows as [ReportRow];
    const claims = rows.flatMap(({ claim }) => claim ?? []);
    return {
      id: first.reported.id,
      reported: first.reported,
      status: "pending",
      resolution: null,
      reports: rows.length,
      reporters: new Set(rows.map(({ reporter }) => reporter.id)).size,
      reasons: [...new Set(rows.map(({ reason }) => reason))],
      worst: Math.min(...rows.map(({ priority }) => priority)),
      due_at: rows.map(({ due_at }) => due_at).toSorted()[0]!,
      overdue: rows.some(({ overdue }) => overdue),
      claim: claims.toSorted((a, b) => b.until.localeCompare(a.until))[0] ?? null,
      prior_reports: first.prior_reports,
      ids: rows.map(({ id }) => id),
    };
  });
}

/** @returns The queue of the morning with several reports on some of its people. */
export function crowdedQueue(): ReportRow[] {
  const [kit, mia, leo, sam, ...rest] = queue(12) as [ReportRow, ReportRow, ReportRow, ReportRow];
  const more = (
    about: ReportRow,
    index: number,
    { reason, minutes, by }: { reason: ReportReason; minutes: number; by: string },
  ) =>
    reportRow(index, {
      id: `01980000-0000-7000-8000-0000${(index * 40_503 + 10_000_000).toString(16).padStart(8, "0")}`,
      reason,
      created_at: ago(minutes),
      due_at: ago(minutes - 1_440),
      overdue: false,
      reporter: { id: idOf(900 + index), name: by },
      reported: about.reported,
      reporter_count: about.reporter_count,
      prior_reports: about.prior_reports,
      evidence_count: 6,
    });
  return [
    kit,
    mia,
    more(mia, 41, { reason: "harassment", minutes: 25, by: "Kim" }),
    more(mia, 42, { reason: "spam", minutes: 33, by: "Lou" }),
    leo,
    { ...sam, claim: null },
    more(sam, 43, { reason: "scam", minutes: 40, by: "Kim" }),
    more(sam, 44, { reason: "fake_profile", minutes: 51, by: "Uma" }),
    more(sam, 45, { reason: "scam", minutes: 66, by: "Lou" }),
    ...rest,
  ];
}

const TALK: readonly (readonly [isReported: boolean, text: string, isNamed: boolean])[] = [
  [false, "Hi, how was your week?", false],
  [true, "hello", false],
  [true, "answer me", false],
  [false, "I was at work. Please do not write to me any more", false],
  [true, "ANSWER ME, you idiot", true],
  [true, "I know where you work", true],
];

/** @returns The page of a report, as the server answers: without its texts, or with them. */
export function reportDetail(
  row: ReportRow,
  { reveal = false, ...facts }: Partial<ReportDetail> & { reveal?: boolean } = {},
): ReportDetail {
  const items = evidence(row).map((item) => (reveal ? item : masked(item)));
  return {
    ...row,
    active_sessions: 2,
    reporter_record: { total: 4, open: 1, resolved: 2, dismissed: 1 },
    evidence: { hidden: !reveal, intact: true, problem: null, readable: true, items },
    others: [],
    history: {
      sanctions: [sanction({ kind: "mute", state: "expired", until: ago(9_000), reason: "Insults" })],
      reports: { total: 2, open: 0, resolved: 1, dismissed: 1, latest: [] },
      blocks_against: 3,
      unmatch_reasons: [{ reason: "Asked for money", at: ago(7_000) }],
    },
    notes: [
      { id: idOf(70), author: BEN, text: "Same words as in the report of last week", created_at: ago(8) },
    ],
    timeline: [
      { at: row.created_at, what: "filed", actor: row.reporter, reason: null },
      { at: ago(9), what: "report.claimed", actor: BEN, reason: null },
      { at: ago(8), what: "report.released", actor: BEN, reason: null },
    ],
    ...facts,
  };
}

/** @returns What was sealed with a report: what its writer says, a profile, a talk. */
export function evidence({ reported, reporter, reason, created_at }: ReportRow): EvidenceItem[] {
  const sealed = { sealed_at: created_at, masked: null };
  const statement = {
    reason,
    description: "She does not stop",
    message_ids: [],
    filed_at: created_at,
  };
  const profile = {
    id: reported.id,
    name: reported.name,
    age: 29,
    gender: "female",
    country: "DE",
    state: null,
    city: "Berlin",
    bio: "Coffee, climbing, no small talk",
    profile_photos: [],
    interests: [],
    joined_at: reported.joined_at,
  };
  return [
    { ...sealed, position: 1, kind: "statement", statement },
    { ...sealed, position: 2, kind: "profile", profile },
    ...TALK.map(([isReported, content, named], index) => ({
      ...sealed,
      position: index + 3,
      kind: "message" as const,
      message: {
        id: idOf(80 + index),
        conversation_id: idOf(79),
        seq: index + 1,
        sender_id: isReported ? reported.id : reporter.id,
        receiver_id: isReported ? reporter.id : reported.id,
        content,
        message_type: "text" as const,
        is_request: false,
        request_status: null,
        created_at: ago(40 - index),
        named,
      },
    })),
  ];
}

function masked(item: EvidenceItem): EvidenceItem {
  const { statement, profile, message } = item;
  const text = statement?.description ?? profile?.bio ?? message?.content ?? "";
  return {
    ...item,
    masked: { length: [...text].length },
    ...(statement && { statement: { ...statement, description: "" } }),
    ...(profile && { profile: { ...profile, bio: "" } }),
    ...(message && { message: { ...message, content: "" } }),
  };
}

/** @returns A sanction that acts, or what the facts make of it. */
export function sanction(facts: Partial<Sanction> = {}): Sanction {
  return {
    id: idOf(60),
    user_id: idOf(501),
    kind: "suspend",
    state: "in_force",
    reason: "Threats",
    report_id: null,
    until: ago(-2_880),
    permanent: false,
    created_at: ago(1_440),
    created_by: BEN,
    confirmed_at: null,
    confirmed_by: null,
    lifted_at: null,
    lifted_by: null,
    lift_reason: null,
    lift_requested_at: null,
    lift_requested_by: null,
    ...facts,
  };
}

/** @returns A ban that waits for a second person. */
export function waitingBan(facts: Partial<SanctionRow> = {}): SanctionRow {
  const ban = sanction({ kind: "ban", state: "awaiting_confirmation", reason: "Asked people for money" });
  return { ...ban, user: { id: idOf(501), name: "sam" }, ...facts };
}

/** @returns A block, the same for the same number. */
export function blockRow(index: number, facts: Partial<BlockRow> = {}): BlockRow {
  return {
    id: idOf(300 + index),
    reason: "spam",
    created_at: ago(30 * (index + 1)),
    blocker: { id: idOf(400 + index), name: `blocker_${index}` },
    blocked: { id: idOf(450 + index), name: `blocked_${index}` },
    blocks_against: index,
    open_reports: index % 2,
    upheld: null,
    ...facts,
  };
}

/** @returns The page of a block. */
export function blockDetail(row: BlockRow, facts: Partial<BlockDetail> = {}): BlockDetail {
  return {
    ...row,
    mutual: false,
    conversation: { id: idOf(79), status: "archived", messages: 12, last_activity: ago(45) },
    reports: [],
    ...facts,
  };
}

/** @returns Somebody who was looked up. */
export function personRow(index: number, facts: Partial<PersonRow> = {}): PersonRow {
  return {
    id: idOf(500 + index),
    name: `person_${index}`,
    role: "user",
    age: 20 + index,
    country: "DE",
    profile_photos: [],
    is_active: true,
    is_online: false,
    muted_until: null,
    suspended_until: null,
    banned: false,
    ban_waits: false,
    created_at: ago(60_000),
    open_reports: index % 2,
    ...facts,
  };
}

/** @returns All that is known of somebody. */
export function dossier(row: Pick<PersonRow, "id" | "name">, facts: Partial<Dossier> = {}): Dossier {
  return {
    user: {
      ...personRow(9, row),
      email: "person@example.com",
      date_of_birth: "1997-02-03",
      gender: "female",
      state: null,
      city: "Berlin",
      bio: "Coffee, climbing, no small talk",
      interests: ["coffee", "climbing"],
      is_premium: false,
      last_active: ago(5),
    },
    active_sessions: 2,
    sanctions: [],
    reports_against: { total: 2, open: 1, resolved: 1, dismissed: 0, latest: [] },
    reports_filed: { total: 0, open: 0, resolved: 0, dismissed: 0 },
    blocks: { against: 3, made: 0 },
    activity: { matches: 14, messages_24h: 120, requests_24h: 8 },
    ...facts,
  };
}

/** @returns An entry of the audit log. */
export function auditRow(seq: number, facts: Partial<AuditRow> = {}): AuditRow {
  return {
    seq,
    id: idOf(700 + seq),
    action: "report.claimed",
    actor: BEN,
    target: { type: "report", id: idOf(seq) },
    reason: null,
    before: { status: "pending" },
    after: { status: "reviewed" },
    created_at: ago(seq * 3),
    prev_hash: "fedcba9876543210".repeat(4),
    hash: "0123456789abcdef".repeat(4),
    ...facts,
  };
}

/** The numbers of now. */
export const STATS: Stats = {
  at: new Date(FIXED_NOW).toISOString(),
  reports: { open: 40, overdue: 2, unclaimed: 39, awaiting_confirmation: 1 },
  users_online: 8_120,
  users_active: { day: 61_300, month: 204_800 },
  connections: 12_481,
  messages_per_minute: 25_000,
  messages_per_second: 416.7,
  nodes: [{ id: "node1", connections: 12_481, users: 8_120, started_at: "2026-01-14T12:00:00.000Z" }],
  delivery_ms: { p50: 21, p99: 184 },
  reconnects_per_minute: 12,
  rate_limit_hits_per_minute: 3,
};

/** @returns An appeal against a mute, the same for the same number. */
export function appealRow(index: number, facts: Partial<AppealRow> = {}): AppealRow {
  const who = { id: idOf(800 + index), name: `appellant_${index}` };
  return {
    id: idOf(850 + index),
    of: "sanction",
    status: "open",
    text: "It was a quotation",
    created_at: ago(60 * (index + 1)),
    due_at: ago(-600 * (index + 1)),
    overdue: false,
    appellant: who,
    about: who,
    sanction: sanction({ id: idOf(870 + index), kind: "mute", user_id: who.id, reason: "Insults" }),
    report: null,
    claim: null,
    decision: null,
    involved: false,
    ...facts,
  };
}

/** How moderation worked in the last month. */
export const MODERATION_STATS: ModerationStats = {
  from: ago(43_200),
  to: ago(0),
  open: 37,
  oldest_open_at: ago(310),
  filed: 640,
  decisions: 612,
  overturned: 12,
  overturn_rate: 12 / 612,
  handling_seconds: { p50: 1_260, p95: 14_400 },
  sla_hit_rate: 0.97,
  conversations: 204_000,
  reports_per_1000_conversations: 3.1,
  by_moderator: [
    { ...ANA, decisions: 402, overturned: 4, overturn_rate: 4 / 402 },
    { ...BEN, decisions: 210, overturned: 8, overturn_rate: 8 / 210 },
  ],
  by_reason: [
    { reason: "harassment", filed: 300, decisions: 290, overturned: 9, overturn_rate: 9 / 290 },
    { reason: "scam", filed: 340, decisions: 322, overturned: 3, overturn_rate: 3 / 322 },
  ],
  by_month: [],
};

/** @returns The numbers of the last two minutes: a good day, two nodes, and slow delivery half a minute ago. */
export function twoMinutes(): Stats[] {
  return Array.from({ length: 120 }, (_, index) => {
    const second = index - 119;
    const wave = Math.sin(index / 9) + Math.sin(index / 23);
    const nodes = [6_240, 6_020].map((base, node) => {
      const connections = base + Math.round(index * 1.5 + 60 * wave + node);
      const started_at = node === 0 ? ago(11_520) : ago(190);
      return { id: `eu-${node + 1}`, connections, users: Math.round(connections * 0.65), started_at };
    });
    const isSlow = second > -36 && second < -24;
    return {
      ...STATS,
      at: new Date(FIXED_NOW + second * 1_000).toISOString(),
      reports: { open: 36 + Math.floor(index / 60), overdue: 1, unclaimed: 35, awaiting_confirmation: 1 },
      connections: nodes.reduce((sum, { connections }) => sum + connections, 0),
      users_online: nodes.reduce((sum, { users }) => sum + users, 0),
      messages_per_second: Math.round(4_170 + 400 * wave) / 10,
      delivery_ms: { p50: 21 + Math.round(2 * wave), p99: isSlow ? 310 : 180 + Math.round(8 * wave) },
      reconnects_per_minute: 12 + Math.round(3 * wave),
      rate_limit_hits_per_minute: index % 17 === 0 ? 3 : 0,
      nodes,
    };
  });
}
