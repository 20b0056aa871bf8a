/**
 * One socket after the other: gets a token, connects, waits with growing random delays, and ends when the server says
 * that there is no coming back. It owns the client's state and no request.
 * @module
 */
import { CLOSE_CODES, mayReconnect } from "../server/protocol/close_codes.ts";
import { delayBefore, wishOf } from "./backoff.ts";
import { Connection, type Loss } from "./connection.ts";
import { RequestFailure } from "./failure.ts";
import type { Settings } from "./settings.ts";
import type { ConnectionChange, State, TokenReason } from "./types.ts";

interface ReconnectingOptions {
  readonly settings: Settings;
  /** Of the socket. */
  readonly address: string;
  /** @returns The position after which the next socket goes on. */
  readonly since: () => number | undefined;
  readonly onFrame: (text: unknown) => void;
  /** The socket is gone; whatever it did not answer is open again. */
  readonly onLost: () => void;
  readonly onChange: (change: ConnectionChange) => void;
  readonly onEnd: () => void;
}

/** A connection that lived this long starts the delays anew, ms. */
const STABLE_MS = 5_000;
/** Milliseconds for a sign of life when somebody is looking at the app. */
const WAKE_ANSWER_MS = 5_000;
/** Milliseconds for the close after a refusal. */
const CLOSE_WITHIN_MS = 1_000;

/** See the module. */
export class Reconnecting {
  readonly #options: ReconnectingOptions;
  /** The present state and what led to it. */
  #last: ConnectionChange = { state: "connecting" };
  #connection: Connection | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Failures in a row. */
  #attempt = 0;
  /** Whether a fresh token was refused, too. */
  #isRejected = false;
  connects = 0;

  constructor(options: ReconnectingOptions) {
    this.#options = options;
  }

  get state(): State {
    return this.#last.state;
  }

  /** Whether frames can be written. */
  get isOpen(): boolean {
    return this.state === "live" || this.state === "replaying";
  }

  /** The present socket, to tell it from a later one. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  start(): void {
    void this.#connect("connect");
  }

  send(text: string): void {
    this.#connection?.send(text);
  }

  /** The server has let the socket in. */
  welcome(state: "replaying" | "live"): void {
    this.#connection?.welcome();
    this.connects++;
    this.#isRejected = false;
    this.#become({ state });
  }

  /** What was missed has been told. */
  becomeLive(): void {
    this.#become({ state: "live" });
  }

  /** A new socket was not let in. The server closes it with a code that says more; should it not, we do. */
  refused(failure: RequestFailure): void {
    if (this.state !== "connecting") return;
    const { UNAUTHORIZED, SANCTIONED } = CLOSE_CODES;
    const final = failure.code === "FORBIDDEN" ? SANCTIONED : UNAUTHORIZED;
    const reason = JSON.stringify({ message: failure.message, retry_after_ms: failure.retryAfterMs });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#connection?.close();
      this.#lost({ code: failure.retryable ? 1006 : final.code, reason });
    }, CLOSE_WITHIN_MS);
  }

  /** Puts a fresh token on the live socket; where that fails, the server's close leads to a new one. */
  async refresh(): Promise<void> {
    const connection = this.#connection;
    if (typeof this.#options.settings.token === "string") return;
    try {
      const token = await this.#getToken("expiring");
      if (this.#connection === connection) connection?.renew(token);
    } catch (error) {
      this.#options.settings.onError(error);
    }
  }

  /** Connects now instead of later, or asks whether the server is still there. */
  wake(): void {
    if (this.state === "waiting") void this.#connect("connect");
    else if (this.state !== "connecting") this.#connection?.probe(WAKE_ANSWER_MS);
  }

  end(loss: Loss): void {
    if (this.state === "closed") return;
    clearTimeout(this.#timer);
    this.#options.onLost();
    this.#connection?.close();
    this.#connection = undefined;
    this.#become({ state: "closed", ...loss });
    this.#options.onEnd();
  }

  /** @returns Why nothing can be asked any more. */
  closedFailure(what: string, { sent } = { sent: false }): RequestFailure {
    const { code, reason } = this.#last;
    const message = `Cannot finish ${what}: the client is closed (${code} ${reason})`;
    return new RequestFailure(message, { code: "CLOSED", details: { code, reason, sent } });
  }

  async #connect(reason: TokenReason): Promise<void> {
    const { settings, address, since, onFrame } = this.#options;
    const { WebSocket, connectTimeoutMs, idleProbeMs } = settings;
    clearTimeout(this.#timer);
    const timer = setTimeout(() => this.#lost({ code: 1006, reason: "no token in time" }), connectTimeoutMs);
    this.#timer = timer;
    this.#become({ state: "connecting" });
    const isStale = () => this.#timer !== timer || this.state !== "connecting";
    try {
      const token = await this.#getToken(reason);
      if (isStale()) return;
      clearTimeout(timer);
      this.#connection = new Connection({
        WebSocket,
        address,
        token,
        since: since(),
        connectTimeoutMs,
        idleProbeMs,
        onFrame,
        onLost: (loss) => this.#lost(loss),
      });
    } catch (error) {
      if (isStale()) return;
      const loss = { code: 1006, reason: error instanceof Error ? error.message : String(error) };
      if ((error as { retryable?: unknown } | null)?.retryable === false) this.end(loss);
      else this.#lost(loss);
    }
  }

  async #getToken(reason: TokenReason): Promise<string> {
    const { token } = this.#options.settings;
    return typeof token === "string" ? token : await token(reason);
  }

  #lost({ code, reason }: Loss): void {
    const { token } = this.#options.settings;
    const isRejected = code === CLOSE_CODES.UNAUTHORIZED.code;
    const canRefresh = isRejected && typeof token !== "string" && !this.#isRejected;
    if (canRefresh) this.#isRejected = true;
    if (canRefresh || mayReconnect(code)) this.#retry({ code, reason }, canRefresh ? "rejected" : "connect");
    else this.end({ code, reason });
  }

  #retry({ code, reason }: Loss, tokenReason: TokenReason): void {
    const { minDelayMs, maxDelayMs, random } = this.#options.settings;
    if ((this.#connection?.livedMs ?? 0) >= STABLE_MS) this.#attempt = 0;
    this.#connection = undefined;
    this.#options.onLost();
    const retryAfterMs = wishOf(code, reason);
    const attempt = this.#attempt++;
    const delayMs = delayBefore({ attempt, minDelayMs, maxDelayMs, retryAfterMs, random });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#connect(tokenReason), delayMs);
    this.#become({ state: "waiting", code, reason, delayMs });
  }

  #become(change: ConnectionChange): void {
    this.#last = change;
    this.#options.onChange(change);
  }
}
