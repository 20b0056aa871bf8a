/**
 * What the sender asks of a push service, and what a service can answer. Each provider is one file beside it; all pass
 * one contract suite (test/integration/push/providers_test.ts).
 * @module
 */
import type { ProviderName } from "../schema.ts";

/** Where a notification goes. */
export interface Target {
  readonly deviceId: string;
  readonly token: string;
  readonly appId: string | null;
  readonly environment: "production" | "sandbox" | null;
}

/** A notification, the same for all providers. */
export interface Notice {
  /** `read`: shows nothing, sets the badge, because less is unread than it says. */
  readonly type: "new_message" | "request_received" | "match_created" | "moderation_notice" | "read" | "test";
  readonly conversationId: string | null;
  /** Position in the person's log of the newest event it stands for. */
  readonly seq: number;
  /** The unread total. */
  readonly badge: number;
  /** A later notification with the same key replaces this one on the screen; at most 32 characters of [a-z0-9]. */
  readonly collapseKey: string;
  /** What the screen shows; without a name or a text that somebody wrote unless the device chose that. */
  readonly title: string;
  readonly body: string;
  /** Whether title and body hold more than general words. */
  readonly isPersonal: boolean;
  /** Seconds that the service may keep it for a device that cannot be reached. */
  readonly ttlSeconds: number;
}

/** What became of a notification. */
export type Outcome =
  /** The service has taken it. */
  | { readonly kind: "sent" }
  /** The token will never work again; `since`: of registrations before this moment, ms since the epoch. */
  | { readonly kind: "dead"; readonly reason: string; readonly since?: number | undefined }
  /** It may work later, `afterMs` at the earliest. */
  | { readonly kind: "retry"; readonly reason: string; readonly afterMs?: number | undefined }
  /** This notification will never be taken; the token may be fine. */
  | { readonly kind: "refused"; readonly reason: string };

/** One push service. */
export interface Provider {
  readonly name: ProviderName;
  /** It prints what it would send. */
  readonly isLog?: boolean;
  /** Sends one notification. Never throws for what the service or the network does: that is an outcome. */
  send(target: Target, notice: Notice, signal: AbortSignal): Promise<Outcome>;
}

/** The fields that a notification carries for the app; ids and numbers. */
export function dataOf({ type, conversationId, seq, badge }: Notice) {
  return { type, ...(conversationId !== null && { conversation_id: conversationId }), seq, badge };
}

/** The longest that one attempt may take, ms. */
export const ATTEMPT_MS = 15_000;

/** @returns What a request that got no answer comes to. The error's own text could hold a token's URL. */
export function unanswered(error: unknown): Outcome {
  const { name, code } = error as { name?: string; code?: string };
  return { kind: "retry", reason: code ?? (name === "TimeoutError" ? "Timeout" : "Unreachable") };
}

/** @returns What `Retry-After` asks for, ms: seconds or a date. */
export function retryAfterMs(headers: Headers, now = Date.now()): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, 3_600_000) : undefined;
}
