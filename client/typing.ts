/**
 * Turns key presses into `typing_start` and `typing_stop`: few enough for the server's limit of ten a minute and
 * conversation, often enough that the other person's indicator, which expires after 10 s, stays on.
 * @module
 */
import type { TypingEvent } from "./types.ts";

/** Milliseconds after which continued typing is said again. */
const RENEW_MS = 8_000;
/** Milliseconds without a key press after which the person has stopped. */
const PAUSE_MS = 5_000;
const MINUTE_MS = 60_000;
/** A start keeps one event in reserve for its stop. */
const MAX_STARTS_BEFORE = 9;
const MAX_EVENTS = 10;

interface Conversation {
  /** When events were sent within the last minute. */
  sentAt: number[];
  startedAt: number;
  isTyping: boolean;
  pause: ReturnType<typeof setTimeout> | undefined;
}

/** See the module. */
export class Typing {
  readonly #send: (event: TypingEvent, conversationId: string) => void;
  readonly #conversations = new Map<string, Conversation>();

  constructor(send: (event: TypingEvent, conversationId: string) => void) {
    this.#send = send;
  }

  /** Called with each key press, or when typing has ended. */
  set(conversationId: string, isTyping: boolean): void {
    const state = this.#stateOf(conversationId);
    clearTimeout(state.pause);
    if (!isTyping) {
      this.#stop(conversationId, state);
      return;
    }
    state.pause = setTimeout(() => this.#stop(conversationId, state), PAUSE_MS);
    const now = Date.now();
    if (state.isTyping && now - state.startedAt < RENEW_MS) return;
    if (!this.#mayUse(state, MAX_STARTS_BEFORE)) return;
    state.isTyping = true;
    state.startedAt = now;
    this.#send("typing_start", conversationId);
  }

  /** The socket is gone, and what it said with it. */
  reset(): void {
    for (const { pause } of this.#conversations.values()) clearTimeout(pause);
    this.#conversations.clear();
  }

  #stop(conversationId: string, state: Conversation): void {
    if (!state.isTyping) return;
    state.isTyping = false;
    if (this.#mayUse(state, MAX_EVENTS)) this.#send("typing_stop", conversationId);
  }

  #mayUse(state: Conversation, most: number): boolean {
    const now = Date.now();
    state.sentAt = state.sentAt.filter((at) => now - at < MINUTE_MS);
    if (state.sentAt.length >= most) return false;
    state.sentAt.push(now);
    return true;
  }

  #stateOf(conversationId: string): Conversation {
    let state = this.#conversations.get(conversationId);
    if (!state) {
      state = { sentAt: [], startedAt: 0, isTyping: false, pause: undefined };
      this.#conversations.set(conversationId, state);
    }
    return state;
  }
}
