/**
 * A request that waits for its answer, and the failures of one that gets none.
 * @module
 */
import { RequestFailure } from "./failure.ts";
import type { ClientEventData, ClientEventName } from "./wire.ts";

/** A request to be sent. */
export interface Request<E extends ClientEventName> {
  readonly event: E;
  readonly data: ClientEventData<E>;
  /** Requests of one lane go out in order, `window` at a time; undefined: a lane of its own. */
  readonly lane?: string | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with the answer, and the frame's position, before the request resolves. */
  readonly onAnswer?: OnAnswer | undefined;
}

/** Called with the data and the position of an answer. */
export type OnAnswer = (data: unknown, seq: number | undefined) => Promise<void> | undefined;

/** Requests that go out in order. */
export interface Lane {
  readonly name: string | undefined;
  readonly entries: Set<Entry>;
}

/** A request in the outbox. */
export interface Entry {
  readonly id: string;
  readonly event: string;
  readonly text: string;
  readonly lane: Lane;
  readonly deadline: number;
  readonly finish: (failure: RequestFailure | undefined, data?: unknown) => void;
  /** When it went out on the present socket; 0: it did not. */
  sentAt: number;
  /** No sooner than this. */
  notBefore: number;
  refusals: number;
  everSent: boolean;
}

/** @returns The failure of a request whose signal was aborted. */
export function aborted(event: string): RequestFailure {
  return new RequestFailure(`Cannot finish ${event}: it was aborted`, { code: "ABORTED" });
}

/** @returns The failure of a request whose time is over. */
export function overdue({ event, everSent }: Entry): RequestFailure {
  const state = everSent ? "it was not answered, and may have been carried out" : "there was no connection";
  return new RequestFailure(`Cannot finish ${event}: ${state}`, {
    code: "TIMEOUT",
    retryable: true,
    details: { sent: everSent },
  });
}
