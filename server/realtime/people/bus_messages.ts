/**
 * The messages that nodes send each other about one person, and their text on the bus. It decides nothing.
 * @module
 */
import type { RevokeReason } from "../../features/auth/mod.ts";
import { PersonEvent } from "./person_event.ts";

/** A message about one person, on their topic. */
export type PersonMessage =
  /** An event for their sockets: of their log, which decides what is true, or one that is not kept. */
  | { readonly kind: "event"; readonly event: PersonEvent }
  /** Their log may have events that nobody was told of. */
  | { readonly kind: "grown" }
  /** A session ended; null: all of theirs. */
  | { readonly kind: "revoked"; readonly sessionId: string | null; readonly reason: RevokeReason }
  /** Sockets that had to make room for a newer one, `node/socket`. */
  | { readonly kind: "evicted"; readonly sockets: readonly string[] }
  /** A block: what `peerId` did up to that position of their log is hidden; confirmed by `name` to that node. */
  | {
      readonly kind: "fenced";
      readonly peerId: string;
      readonly upTo: number;
      readonly replyTo: string;
      readonly name: string;
    };

/** @returns The topic of a person. */
export function topicOfUser(userId: string): string {
  return `u.${userId}`;
}

/** @returns The person of a topic, undefined when it is another topic. */
export function userOfTopic(topic: string): string | undefined {
  return topic.startsWith("u.") ? topic.slice(2) : undefined;
}

/** @returns The message as text. */
export function encodeMessage(message: PersonMessage): string {
  switch (message.kind) {
    case "event": {
      const { event, json, seq, at, from } = message.event;
      return seq > 0 ? `l ${seq} ${at} ${event} ${json}` : `p ${event} ${from} ${json}`;
    }
    case "grown":
      return "g";
    case "revoked":
      return `r ${message.sessionId ?? "*"} ${message.reason}`;
    case "evicted":
      return `e ${message.sockets.join(" ")}`;
    case "fenced":
      return `f ${message.peerId} ${message.upTo} ${message.replyTo} ${message.name}`;
  }
}

/** @returns The message, undefined when it is of a kind that only another version knows. */
export function decodeMessage(text: string): PersonMessage | undefined {
  switch (text[0]) {
    case "l": {
      const [, seq, at, event, json] = split(text, 4);
      if (json === undefined) return undefined;
      return { kind: "event", event: new PersonEvent(event!, { json, seq: Number(seq), at: Number(at) }) };
    }
    case "p": {
      const [, event, from, json] = split(text, 3);
      if (json === undefined) return undefined;
      return { kind: "event", event: new PersonEvent(event!, { json, from: from! }) };
    }
    case "g":
      return { kind: "grown" };
    case "r": {
      const [, sessionId, reason] = split(text, 2);
      if (reason === undefined) return undefined;
      return {
        kind: "revoked",
        sessionId: sessionId === "*" ? null : sessionId!,
        reason: reason as RevokeReason,
      };
    }
    case "e":
      return { kind: "evicted", sockets: text.slice(2).split(" ") };
    case "f": {
      const [, peerId, upTo, replyTo, name] = split(text, 4);
      if (name === undefined) return undefined;
      return { kind: "fenced", peerId: peerId!, upTo: Number(upTo), replyTo: replyTo!, name };
    }
    default:
      return undefined;
  }
}

/** Cuts at the first blanks only: the last part may contain more. */
function split(text: string, blanks: number): string[] {
  const parts: string[] = [];
  let at = 0;
  while (parts.length < blanks) {
    const blank = text.indexOf(" ", at);
    if (blank === -1) break;
    parts.push(text.slice(at, blank));
    at = blank + 1;
  }
  parts.push(text.slice(at));
  return parts;
}
