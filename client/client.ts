/**
 * The client's face: what an app calls, and where each frame of the server goes. Sockets, order, retries and
 * listeners are parts of their own.
 * @module
 */

import { socketAddress } from "./address.ts";
import { AUTHENTICATE } from "./connection.ts";
import { RequestFailure, readFailure } from "./failure.ts";
import { Feed } from "./feed.ts";
import { readFrame, type ServerFrame, writeFrame } from "./frames.ts";
import { Listeners } from "./listeners.ts";
import { Outbox } from "./outbox.ts";
import type { OnAnswer } from "./pending_request.ts";
import { Receipts } from "./receipts.ts";
import { Reconnecting } from "./reconnecting.ts";
import { SENDING, Sender } from "./sender.ts";
import { readSettings, type Settings } from "./settings.ts";
import type {
  Client,
  ClientOptions,
  ClientStats,
  ReadAck,
  RequestEvent,
  RequestOptions,
  State,
} from "./types.ts";
import { Typing } from "./typing.ts";
import type { ClientEventData } from "./wire.ts";

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
  readonly #listeners: Listeners;
  readonly #sockets: Reconnecting;
  readonly #outbox: Outbox;
  readonly #feed: Feed;
  readonly #receipts: Receipts;
  readonly #sender: Sender;
  readonly #typing: Typing;
  #userId: string | undefined;

  constructor(options: ClientOptions) {
    const settings = readSettings(options);
    const { onError, savePosition, storage, requestTimeoutMs } = settings;
    const listeners = new Listeners(onError);
    this.#settings = settings;
    this.#listeners = listeners;
    this.#receipts = new Receipts((seq) => {
      if (this.#sockets.isOpen) this.#sockets.send(writeFrame("received", { seq }));
    });
    const onMoved = (seq: number) => this.#receipts.moved(seq);
    this.#feed = new Feed({ listeners, since: options.since, savePosition, onMoved });
    this.#sockets = new Reconnecting({
      settings,
      address: socketAddress(options.url),
      since: () => this.#feed.received,
      onFrame: (text) => this.#receive(text),
      onLost: () => {
        this.#outbox.pause();
        this.#typing.reset();
      },
      onChange: (change) => void listeners.call(CONNECTION, change),
      onEnd: () => {
        this.#feed.close();
        this.#receipts.close();
        this.#outbox.failAll((event, facts) => this.#sockets.closedFailure(event, facts));
      },
    });
    this.#outbox = new Outbox({
      ...settings,
      transmit: (text) => this.#sockets.send(text),
      onSilence: () => this.#sockets.connection?.abandon("silent"),
    });
    this.#typing = new Typing((event, conversation_id) =>
      this.#sockets.send(writeFrame(event, { conversation_id })),
    );
    this.#sender = new Sender({
      storage,
      listeners,
      onError,
      requestTimeoutMs,
      request: (message, given) =>
        this.#request("send_message", message, { ...given, lane: message.receiver_id }),
    });
    this.#sockets.start();
  }

  get state(): State {
    return this.#sockets.state;
  }

  get position(): number | undefined {
    return this.#feed.position;
  }

  get userId(): string | undefined {
    return this.#userId;
  }

  get stats(): ClientStats {
    const { retries, size: pending } = this.#outbox;
    return { connects: this.#sockets.connects, retries, duplicates: this.#feed.duplicates, pending };
  }

  on: Client["on"] = (event, listener) => this.#listeners.add(event, listener);

  onConnection: Client["onConnection"] = (listener) => this.#listeners.add(CONNECTION, listener);

  onSend: Client["onSend"] = (listener) => this.#listeners.add(SENDING, listener);

  ready: Client["ready"] = ({ timeoutMs = this.#settings.requestTimeoutMs, signal } = {}) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let off: (() => void) | undefined;
    let judge: (() => void) | undefined;
    return new Promise<void>((resolve, reject) => {
      judge = () => {
        if (this.state === "live") resolve();
        else if (this.state === "closed") reject(this.#sockets.closedFailure("ready"));
        else if (signal?.aborted) reject(new RequestFailure("Cannot wait: aborted", { code: "ABORTED" }));
      };
      const late = new RequestFailure(`Cannot connect: not live in ${timeoutMs} ms`, { code: "TIMEOUT" });
      if (Number.isFinite(timeoutMs)) timer = setTimeout(() => reject(late), timeoutMs);
      off = this.onConnection(judge);
      signal?.addEventListener("abort", judge);
      judge();
    }).finally(() => {
      clearTimeout(timer);
      off?.();
      if (judge) signal?.removeEventListener("abort", judge);
    });
  };

  send: Client["send"] = (message, options) => this.#sender.send(message, options);

  markRead: Client["markRead"] = async (message_id, options) =>
    (await this.#request("mark_read", { message_id }, options)) as ReadAck;

  request: Client["request"] = (event, data, options) => this.#request(event, data, options);

  typing(conversationId: string, isTyping: boolean): void {
    if (this.#sockets.isOpen) this.#typing.set(conversationId, isTyping);
  }

  watchStats(on: boolean): void {
    if (this.#sockets.isOpen) this.#sockets.send(writeFrame("admin_subscribe", { stats: on }));
  }

  wake(): void {
    this.#sockets.wake();
  }

  close(): void {
    this.#sockets.end({ code: 1000, reason: "closed here" });
  }

  async #request<E extends RequestEvent>(
    event: E,
    data: ClientEventData<E>,
    {
      timeoutMs = this.#settings.requestTimeoutMs,
      ...options
    }: RequestOptions & { lane?: string; onAnswer?: OnAnswer } = {},
  ): Promise<unknown> {
    if (this.state === "closed") throw this.#sockets.closedFailure(event);
    return this.#outbox.add({ event, data, timeoutMs, ...options });
  }

  #receive(text: unknown): void {
    this.#outbox.heard();
    const frame = readFrame(text);
    if (!frame) this.#settings.onError(new Error("Cannot read a frame of the server"));
    else if (frame.seq !== undefined && frame.event !== "ack") this.#feed.deliver(frame, frame.seq);
    else this.#handle(frame);
  }

  #handle(frame: ServerFrame): void {
    const { event, id, seq } = frame;
    const data = frame.data as Record<string, unknown>;
    if (event === "ack") {
      const told = id === undefined ? undefined : this.#outbox.settle(id, data, seq);
      if (seq !== undefined) this.#feed.acknowledge(seq, told);
      return;
    }
    if (event === "error" && id !== undefined) {
      if (id === AUTHENTICATE) this.#sockets.refused(readFailure(data));
      else this.#outbox.refuse(id, readFailure(data));
      return;
    }
    if (event === "resync_required") {
      this.#feed.resync(frame, Number(data.seq));
      return;
    }
    if (event === "authenticated" && this.state === "connecting") this.#welcome(data as never);
    if (event === "caught_up") this.#caughtUp(Number(data.seq));
    this.#feed.pass(frame);
    if (event === "token_expiring") void this.#sockets.refresh();
  }

  #welcome({ user_id, seq }: { user_id: string; seq: number }): void {
    this.#userId = user_id;
    this.#sockets.welcome(this.#feed.begin(seq) ? "replaying" : "live");
    this.#outbox.open();
  }

  #caughtUp(seq: number): void {
    const { connection } = this.#sockets;
    this.#feed.caughtUp(seq, () => {
      const isStillThere = this.#sockets.connection === connection && this.state === "replaying";
      if (isStillThere) this.#sockets.becomeLive();
    });
  }
}
