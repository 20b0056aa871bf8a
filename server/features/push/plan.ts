/**
 * Decides which notifications a device gets for what it has not received: one a conversation, the newest event of it,
 * and a silent one when less is unread: read elsewhere, or the conversation ended. Pure; what still counts was judged by
 * the query.
 * @module
 */
import { isSilent, type OwedEvent } from "./owed_queries.ts";
import type { TakenDevice } from "./plan_queries.ts";
import type { Notice } from "./providers/provider.ts";
import { APP_NAME, generalWords } from "./wording.ts";

/** A notification, with the first event it stands for. */
export interface PlannedNotice extends Notice {
  readonly firstSeq: number;
  /** When the newest event was committed. */
  readonly at: Date;
}

/** A person who is away for longer has the app's own list. */
const TTL_SECONDS = 86_400;
const SILENT_TTL_SECONDS = 3_600;
/** Longest text of a notification, in code points: the payload of every provider ends at 4 KB. */
const MAX_TEXT = 200;

/**
 * @param owed What the device has not received, in the order of the first events.
 * @returns Notifications in that order.
 */
export function planNotices(device: TakenDevice, owed: readonly OwedEvent[]): PlannedNotice[] {
  const notices = owed.filter(({ event }) => !isSilent(event)).map((event) => visible(device, event));
  if (notices.length > 0) return notices;
  const read = owed.find(({ event }) => isSilent(event));
  // Without a badge on its icon there is nothing to correct, and a browser may not be woken for nothing to show.
  if (!read || device.badge === null || device.badge === device.unread || device.provider === "webpush")
    return [];
  return [silent(device, read)];
}

function collapseKeyOf({ event, conversationId, subjectId, seq }: OwedEvent): string {
  return (conversationId ?? subjectId ?? `${event}${seq}`).replaceAll(/[^a-z0-9]/g, "").slice(0, 32);
}

function visible(device: TakenDevice, owed: OwedEvent): PlannedNotice {
  const type = owed.event as Notice["type"];
  const general = generalWords(type, device.locale);
  const name = device.preview === "none" ? null : owed.name;
  const text = device.preview === "text" ? owed.text : null;
  return {
    type,
    conversationId: owed.conversationId,
    seq: owed.seq,
    firstSeq: owed.firstSeq,
    at: owed.createdAt,
    badge: device.unread,
    collapseKey: collapseKeyOf(owed),
    title: name ?? APP_NAME,
    body: text === null ? general : shortened(text),
    isPersonal: name !== null || text !== null,
    ttlSeconds: TTL_SECONDS,
  };
}

function silent(device: TakenDevice, read: OwedEvent): PlannedNotice {
  return {
    type: "read",
    conversationId: read.conversationId,
    seq: read.seq,
    firstSeq: read.seq,
    at: read.createdAt,
    badge: device.unread,
    collapseKey: "badge",
    title: "",
    body: "",
    isPersonal: false,
    ttlSeconds: SILENT_TTL_SECONDS,
  };
}

function shortened(text: string): string {
  const points = [...text];
  return points.length <= MAX_TEXT ? text : `${points.slice(0, MAX_TEXT - 1).join("")}…`;
}
