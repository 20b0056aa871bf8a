/**
 * The client's life over many sockets: authenticate, resume, stay, come back. Order, retries, delays and listeners
 * are parts of their own; this file decides when each of them acts.
 * @module
 */
import { CLOSE_CODES, mayReconnect } from "../server/protocol/close_codes.ts";
import { AppError } from "../server/protocol/errors.ts";
import type { ClientEventData } from "../server/protocol/events.ts";
import { socketAddress } from "./address.ts";
import { delayBefore, wishOf } from "./backoff.ts";
import { AUTHENTICATE, Connection, type Loss } from "./connection.ts";
import { RequestFailure, readFailure } from "./failure.ts";
import { readFrame, type ServerFrame, writeFrame } from "./frames.ts";
import { Listeners } from "./listeners.ts";
import { newMessageId } from "./message_id.ts";
import { Outbox } from "./outbox.ts";
import { readSettings, type Settings } from "./settings.ts";
import type {
  Client,
  ClientOptions,
  ClientStats,
  ConnectionChange,
  ReadAck,
  RequestEvent,
  RequestOptions,
  SendAck,
  State,
  TokenReason,
} from "./types.ts";

/** A connection that lived this long starts the delays anew, ms. */
const STABLE_MS = 5_000;
/** Milliseconds for a sign of life when somebody is looking at the app. */
const WAKE_ANSWER_MS = 5_000;
/** Milliseconds for the close after a refusal. */
const CLOSE_WITHIN_MS = 1_000;
/** Name of changes of state among the listeners; no event of the catalogue has a blank. */
const CONNECTION = "connection change";

/**
 * Makes a client, which connects at once and stays connected until `close`, or until the server says that there is
 * no coming back.
 *
 * @param options See {@link ClientOptions}.
 * @throws TypeError when the address cannot be used or there is no WebSocket here.
 *
 * @example
 * ```ts
 * const client = createClient({ url: "https://api.example.com", token: () => session.accessToken() });
 * client.on("new_message", ({ sender_id, content }) => show(sender_id, content));
 * await client.send({ receiver_id, content: "Hi!" });
 * ```
 */
export function createClient(options: ClientOptions): Client {
  return new SocketClient(options);
}

class SocketClient implements Client {
  readonly #settings: Settings;
  readonly #address: string;
  readonly #listeners: Listeners;
  readonly #outbox: Outbox;
  #state: State = "connecting";
  /** What ended everything, or is the present state's cause. */
  #last: ConnectionChange = { state: "connecting" };
  #position: number | undefined;
  #userId: string | undefined;
  #connection: Connection | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Failures in a row. */
  #attempt = 0;
  /** Whether a fresh token was refused, too. */
  #isRejected = false;
  #connects = 0;
  #duplicates = 0;

  constructor(options: ClientOptions) {
    this.#settings = readSettings(options);
    this.#address = socketAddress(options.url);
    this.#position = options.since;
    this.#listeners = new Listeners(this.#settings.onError);
    this.#outbox = new Outbox({
      ...this.#settings,
      transmit: (text) => this.#connection?.send(text),
      onSilence: () => this.#connection?.abandon("silent"),
    });
    void this.#connect("connect");
  }

  get state(): State {
    return this.#state;
  }

  get position(): number | undefined {
    return this.#position;
  }

  get userId(): string | undefined {
    return this.#userId;
  }

  get stats(): ClientStats {
    const { retries, size: pending } = this.#outbox;
    return { connects: this.#connects, retries, duplicates: this.#duplicates, pending };
  }

  on: Client["on"] = (event, listener) => this.#listeners.add(event, listener);

  onConnection: Client["onConnection"] = (listener) => this.#listeners.add(CONNECTION, listener);

  ready: Client["ready"] = ({ timeoutMs = this.#settings.requestTimeoutMs, signal } = {}) => {
    const { promise, resolve, reject } = withResolvers<void>();
    const judge = () => {
      if (this.#state === "live") resolve();
      else if (this.#state === "closed") reject(this.#closedFailure("ready"));
      else if (signal?.aborted) reject(new RequestFailure("Cannot wait: aborted", { code: "ABORTED" }));
    };
    const late = new RequestFailure(`Cannot connect: not live in ${timeoutMs} ms`, { code: "TIMEOUT" });
    const timer = setTimeout(() => reject(late), timeoutMs);
    const off = this.onConnection(judge);
    signal?.addEventListener("abort", judge);
    judge();
    return promise.finally(() => {
      clearTimeout(timer);
      off();
      signal?.removeEventListener("abort", judge);
    });
  };

  send: Client["send"] = async (message, options) => {
    const { client_message_id = newMessageId(), ...rest } = message;
    const data = { ...rest, client_message_id };
    return (await this.#request("send_message", data, { ...options, lane: message.receiver_id })) as SendAck;
  };

  markRead: Client["markRead"] = async (message_id, options) =>
    (await this.#request("mark_read", { message_id }, options)) as ReadAck;

  request: Client["request"] = (event, data, options) => this.#request(event, data, options);

  typing(conversation_id: string, isTyping: boolean): void {
    if (this.#state !== "live" && this.#state !== "replaying") return;
    this.#connection?.send(writeFrame(isTyping ? "typing_start" : "typing_stop", { conversation_id }));
  }

  watchStats(on: boolean): void {
    if (this.#state !== "live" && this.#state !== "replaying") return;
    this.#connection?.send(writeFrame("admin_subscribe", { stats: on }));
  }

  wake(): void {
    if (this.#state === "waiting") void this.#connect("connect");
    else if (this.#state !== "connecting") this.#connection?.probe(WAKE_ANSWER_MS);
  }

  close(): void {
    if (this.#state !== "closed") this.#end({ code: 1000, reason: "closed here" });
  }

  async #request<E extends RequestEvent>(
    event: E,
    data: ClientEventData<E>,
    { lane, timeoutMs = this.#settings.requestTimeoutMs, signal }: RequestOptions & { lane?: string } = {},
  ): Promise<unknown> {
    if (this.#state === "closed") throw this.#closedFailure(event);
    return this.#outbox.add({ event, data, lane, timeoutMs, signal });
  }

  async #connect(reason: TokenReason): Promise<void> {
    const { WebSocket, connectTimeoutMs, idleProbeMs } = this.#settings;
    clearTimeout(this.#timer);
    const timer = setTimeout(() => this.#lost({ code: 1006, reason: "no token in time" }), connectTimeoutMs);
    this.#timer = timer;
    this.#become({ state: "connecting" });
    const isStale = () => this.#timer !== timer || this.#state !== "connecting";
    try {
      const token = await this.#getToken(reason);
      if (isStale()) return;
      clearTimeout(timer);
      const connection: Connection = new Connection({
        WebSocket,
        address: this.#address,
        token,
        since: this.#position,
        connectTimeoutMs,
        idleProbeMs,
        onFrame: (text) => this.#receive(text),
        onLost: (loss) => this.#lost(loss),
      });
      this.#connection = connection;
    } catch (error) {
      if (isStale()) return;
      const loss = { code: 1006, reason: error instanceof Error ? error.message : String(error) };
      if (error instanceof AppError && !error.retryable) this.#end(loss);
      else this.#lost(loss);
    }
  }

  async #getToken(reason: TokenReason): Promise<string> {
    const { token } = this.#settings;
    return typeof token === "string" ? token : await token(reason);
  }

  #receive(text: unknown): void {
    this.#outbox.heard();
    const frame = readFrame(text);
    if (!frame) this.#settings.onError(new Error("Cannot read a frame of the server"));
    else if (frame.seq !== undefined) this.#deliver(frame, frame.seq);
    else this.#handle(frame);
  }

  /** The server sends in ascending order and leaves out what is hidden: a gap is no loss. */
  #deliver({ event, data }: ServerFrame, seq: number): void {
    if (this.#position !== undefined && seq <= this.#position) {
      this.#duplicates++;
      return;
    }
    this.#listeners.call(event, data, { seq, replayed: this.#state === "replaying" });
    this.#moveTo(seq);
  }

  #moveTo(seq: number): void {
    if (seq === this.#position) return;
    this.#position = seq;
    const { savePosition } = this.#settings;
    if (savePosition) this.#listeners.run(() => savePosition(seq));
  }

  #handle(frame: ServerFrame): void {
    const { event, id } = frame;
    const data = frame.data as Record<string, unknown>;
    if (event === "ack") {
      if (id !== undefined) this.#outbox.settle(id, data);
      return;
    }
    if (event === "error" && id !== undefined) {
      if (id === AUTHENTICATE) this.#refused(readFailure(data));
      else this.#outbox.refuse(id, readFailure(data));
      return;
    }
    if (event === "authenticated" && this.#state === "connecting") this.#welcome(data as never);
    if (event === "resync_required") this.#moveTo(Number(data.seq));
    if (event === "caught_up" && this.#state === "replaying") {
      this.#moveTo(Math.max(Number(data.seq), this.#position ?? 0));
      this.#become({ state: "live" });
    }
    this.#listeners.call(event, data, { seq: undefined, replayed: false });
    if (event === "token_expiring") void this.#refresh();
  }

  #welcome({ user_id, seq }: { user_id: string; seq: number }): void {
    this.#connection?.welcome();
    this.#connects++;
    this.#isRejected = false;
    this.#userId = user_id;
    const resumes = this.#position !== undefined;
    if (!resumes) this.#moveTo(seq);
    this.#become({ state: resumes ? "replaying" : "live" });
    this.#outbox.open();
  }

  /** A new socket was not let in. The server closes it with a code that says more; should it not, we do. */
  #refused(failure: RequestFailure): void {
    if (this.#state !== "connecting") return;
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
  async #refresh(): Promise<void> {
    const connection = this.#connection;
    if (typeof this.#settings.token === "string") return;
    try {
      const token = await this.#getToken("expiring");
      if (this.#connection === connection) connection?.renew(token);
    } catch (error) {
      this.#settings.onError(error);
    }
  }

  #lost({ code, reason }: Loss): void {
    const isRejected = code === CLOSE_CODES.UNAUTHORIZED.code;
    const canRefresh = isRejected && typeof this.#settings.token !== "string" && !this.#isRejected;
    if (canRefresh) this.#isRejected = true;
    if (canRefresh || mayReconnect(code)) this.#retry({ code, reason }, canRefresh ? "rejected" : "connect");
    else this.#end({ code, reason });
  }

  #retry({ code, reason }: Loss, tokenReason: TokenReason): void {
    const { minDelayMs, maxDelayMs, random } = this.#settings;
    if ((this.#connection?.livedMs ?? 0) >= STABLE_MS) this.#attempt = 0;
    this.#connection = undefined;
    this.#outbox.pause();
    const retryAfterMs = wishOf(code, reason);
    const attempt = this.#attempt++;
    const delayMs = delayBefore({ attempt, minDelayMs, maxDelayMs, retryAfterMs, random });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#connect(tokenReason), delayMs);
    this.#become({ state: "waiting", code, reason, delayMs });
  }

  #end(loss: Loss): void {
    clearTimeout(this.#timer);
    this.#outbox.pause();
    this.#connection?.close();
    this.#connection = undefined;
    this.#become({ state: "closed", ...loss });
    this.#outbox.failAll((event, facts) => this.#closedFailure(event, facts));
  }

  #become(change: ConnectionChange): void {
    this.#state = change.state;
    this.#last = change;
    this.#listeners.call(CONNECTION, change);
  }

  #closedFailure(what: string, { sent } = { sent: false }): RequestFailure {
    const { code, reason } = this.#last;
    const message = `Cannot finish ${what}: the client is closed (${code} ${reason})`;
    return new RequestFailure(message, { code: "CLOSED", details: { code, reason, sent } });
  }
}

/** Promise.withResolvers is younger than some of the platforms that this runs on. */
function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
