/**
 * Decides which notifications a device gets for what it has not received: one a conversation, the newest event of it,
 * and a silent one when less is unread: read elsewhere, or the conversation ended. Pure; what still counts was judged by the query.
 * @module
 */
import { isSilent, type OwedEvent, type TakenDevice } from "./plan_queries.ts";
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
 * @param owed What the device has not received, in order.
 * @returns Notifications in the order of their first event.
 */
export function planNotices(device: TakenDevice, owed: readonly OwedEvent[]): PlannedNotice[] {
  const groups = new Map<string, { first: OwedEvent; newest: OwedEvent }>();
  for (const event of owed) {
    if (!event.counts || isSilent(event.event)) continue;
    const key = collapseKeyOf(event);
    const group = groups.get(key);
    if (group) group.newest = event;
    else groups.set(key, { first: event, newest: event });
  }
  const notices = [...groups].map(([key, group]) => visible(device, key, group));
  if (notices.length > 0) return notices;
  const read = owed.findLast(({ event, counts }) => isSilent(event) && counts);
  // Without a badge on its icon there is nothing to correct, and a browser may not be woken for nothing to show.
  if (!read || device.badge === null || device.badge === device.unread || device.provider === "webpush")
    return [];
  return [silent(device, read)];
}

function collapseKeyOf({ event, conversationId, subjectId, seq }: OwedEvent): string {
  return (conversationId ?? subjectId ?? `${event}${seq}`).replaceAll(/[^a-z0-9]/g, "").slice(0, 32);
}

function visible(
  device: TakenDevice,
  collapseKey: string,
  { first, newest }: { first: OwedEvent; newest: OwedEvent },
): PlannedNotice {
  const type = newest.event as Notice["type"];
  const general = generalWords(type, device.locale);
  const name = device.preview === "none" ? null : newest.name;
  const text = device.preview === "text" ? newest.text : null;
  return {
    type,
    conversationId: newest.conversationId,
    seq: newest.seq,
    firstSeq: first.seq,
    at: newest.createdAt,
    badge: device.unread,
    collapseKey,
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
