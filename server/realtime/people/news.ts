/**
 * What nodes tell each other over the bus, as short texts. It decides nothing.
 * @module
 */
import type { RevokeReason } from "../../features/auth/mod.ts";
import type { LoggedFrame } from "./member.ts";

/** News about one person, on their topic. */
export type PersonNews =
  /** Their log has grown; the frame is a hint, the log is the truth. */
  | ({ readonly kind: "logged" } & LoggedFrame)
  /** An event that nobody keeps; `from` is the person it is about. */
  | { readonly kind: "passing"; readonly event: string; readonly from: string; readonly json: string }
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

/** @returns The news as text. */
export function writeNews(news: PersonNews): string {
  switch (news.kind) {
    case "logged":
      return `l ${news.seq} ${news.at} ${news.event} ${news.json}`;
    case "passing":
      return `p ${news.event} ${news.from} ${news.json}`;
    case "revoked":
      return `r ${news.sessionId ?? "*"} ${news.reason}`;
    case "evicted":
      return `e ${news.sockets.join(" ")}`;
    case "fenced":
      return `f ${news.peerId} ${news.upTo} ${news.replyTo} ${news.name}`;
  }
}

/** @returns What the text says, undefined when it is nothing we know: another version may speak. */
export function readNews(text: string): PersonNews | undefined {
  switch (text[0]) {
    case "l": {
      const [, seq, at, event, json] = split(text, 4);
      return json === undefined
        ? undefined
        : { kind: "logged", seq: Number(seq), at: Number(at), event: event!, json };
    }
    case "p": {
      const [, event, from, json] = split(text, 3);
      return json === undefined ? undefined : { kind: "passing", event: event!, from: from!, json };
    }
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

/** Cuts at the first blanks only: the last part may hold any. */
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
