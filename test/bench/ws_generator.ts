/**
 * Sockets without a client around them, so that the bench measures the server and not what loads it: pairs that keep a
 * number of messages under way, or send at moments that are fixed beforehand. Two dialects: ours, and the bare relay's.
 * @module
 */

import type { Frame } from "../harness/ws_frames.ts";
import { Wire } from "./ws_wire.ts";

/** How one kind of server is spoken to. */
export interface Dialect {
  /** Opens the socket of a person; resolves when it may be used. */
  open(person: number): Promise<WebSocket>;
  /** The same for {@link Pairs}. */
  wire(person: number): Promise<Wire>;
  /** @returns The frame of a message to the other one of the pair. */
  frame(person: number, options: { readonly id: number; readonly content: string }): string;
  /** @returns Whether the frame brings this person a message from the other one. */
  isMessage(person: number, frame: Frame): boolean;
  /** @returns Whether the frame confirms one of ours. */
  isConfirmation(frame: Frame): boolean;
  /** @returns Whether the frame says that the other one of the pair has read this person's message. */
  isReceipt?(person: number, frame: Frame): boolean;
  /** Whether messages are confirmed; without it, arriving counts. */
  readonly confirms: boolean;
}

/** What was measured. */
export interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** How much {@link Pairs} keep under way, and for how long. */
export interface Load {
  /** Messages of each person. */
  readonly window: number;
  readonly seconds: number;
  /** Called after the warm-up. @returns What is called at the end. */
  readonly onMeasure?: (() => () => void) | undefined;
}

const WARM_UP_MS = 1_500;

/** Pairs of open sockets. */
export class Pairs {
  readonly #dialect: Dialect;
  readonly #sockets: Wire[] = [];
  /** Called with each message that arrives, and with each confirmation. */
  #onArrival: (person: number, frame: Frame) => void = () => {};
  #onConfirmation: (person: number) => void = () => {};
  #onReceipt: (person: number) => void = () => {};
  #id = 0;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  async open(pairs: number): Promise<void> {
    for (let person = 0; person < pairs * 2; person++) {
      const socket = await this.#dialect.wire(person);
      socket.onFrame = (frame) => this.#receive(person, frame);
      this.#sockets.push(socket);
    }
  }

  /** Looks at a few bytes: reading every frame would measure the generator. */
  #receive(person: number, frame: Frame): void {
    const dialect = this.#dialect;
    if (dialect.confirms && dialect.isConfirmation(frame)) this.#onConfirmation(person);
    else if (dialect.isMessage(person, frame)) this.#onArrival(person, frame);
    else if (dialect.isReceipt?.(person, frame)) this.#onReceipt(person);
  }

  #send(person: number): void {
    const content = `${performance.now().toFixed(3)} ${"x".repeat(48)}`;
    this.#sockets[person]!.send(this.#dialect.frame(person, { id: ++this.#id, content }));
  }

  /** Keeps so many messages of each person under way. @returns Arrivals a second. */
  async peak(load: Load): Promise<number> {
    return await this.#keepUnderWay(load, ({ count, again }) => {
      this.#onArrival = (person) => {
        count();
        if (!this.#dialect.confirms) again(person ^ 1);
      };
      this.#onConfirmation = again;
    });
  }

  /**
   * Whole lives, so many messages of each person under way: whoever gets a message marks it as read, and once that has
   * been told to its sender, the sender writes the next one.
   *
   * @returns Lives a second.
   */
  async lives(load: Load): Promise<number> {
    return await this.#keepUnderWay(load, ({ count, again }) => {
      this.#onConfirmation = () => {};
      this.#onArrival = (person, frame) => {
        const data = { message_id: messageIdOf(frame) };
        this.#sockets[person]!.send(JSON.stringify({ event: "mark_read", id: ++this.#id, data }));
      };
      this.#onReceipt = (person) => {
        count();
        again(person);
      };
    });
  }

  /**
   * Sends the first messages, and measures after a warm-up.
   *
   * @param listen Sets what counts one, and what lets a person send again.
   * @returns How many were counted a second.
   */
  async #keepUnderWay(
    { window, seconds, onMeasure }: Load,
    listen: (hooks: { count: () => void; again: (person: number) => void }) => void,
  ): Promise<number> {
    let counted = 0;
    let isOver = false;
    listen({
      count: () => counted++,
      again: (person) => {
        if (!isOver) this.#send(person);
      },
    });
    for (let person = 0; person < this.#sockets.length; person++) {
      for (let i = 0; i < window; i++) this.#send(person);
    }
    await Bun.sleep(WARM_UP_MS);
    const before = counted;
    const start = performance.now();
    const stop = onMeasure?.();
    await Bun.sleep(seconds * 1_000);
    const count = counted - before;
    const tookSeconds = (performance.now() - start) / 1_000;
    stop?.();
    isOver = true;
    await Bun.sleep(500);
    return count / tookSeconds;
  }

  /** Sends at a rate, evenly, whatever comes back. @returns Latency from the moments that were meant. */
  async paced(options: { rate: number; seconds: number }): Promise<Measured> {
    const taken: number[] = [];
    this.#onConfirmation = () => {};
    this.#onArrival = (_, frame) => void taken.push(performance.now() - sentAt(frame));
    const total = Math.floor(options.rate * options.seconds);
    const start = performance.now();
    for (let sent = 0; sent < total; ) {
      const due = Math.min(total, ((performance.now() - start) / 1_000) * options.rate);
      for (; sent < due; sent++) {
        const intended = start + (sent / options.rate) * 1_000;
        // First one of each pair, then the other.
        const half = this.#sockets.length / 2;
        const person = 2 * (sent % half) + (Math.floor(sent / half) % 2);
        const content = `${intended.toFixed(3)} ${"x".repeat(48)}`;
        this.#sockets[person]!.send(this.#dialect.frame(person, { id: ++this.#id, content }));
      }
      await Bun.sleep(1);
    }
    await Bun.sleep(1_000);
    taken.sort((a, b) => a - b);
    const at = (share: number) => taken[Math.floor((taken.length - 1) * share)] ?? Number.NaN;
    return { perSecond: taken.length / options.seconds, p50: at(0.5), p99: at(0.99) };
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }
}

/** @returns An open socket. @throws Error when it does not open. */
export function openWebSocket(url: string): Promise<WebSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  const socket = new WebSocket(url);
  socket.onopen = () => resolve(socket);
  socket.onclose = ({ code, reason }) => reject(new Error(`Cannot open ${url}: ${code} ${reason}`));
  return promise;
}

const CONTENT = Buffer.from('"content":"');
const SENDER = Buffer.from('"sender_id":"');

/** @returns The moment that the content of a message begins with. */
function sentAt({ bytes, start, end }: Frame): number {
  const at = bytes.indexOf(CONTENT, start) + CONTENT.length;
  const moment =
    at < end ? Number.parseFloat(bytes.toString("latin1", at, Math.min(end, at + 20))) : Number.NaN;
  if (Number.isNaN(moment)) throw new Error(`Cannot read: ${bytes.toString("latin1", start, end)}`);
  return moment;
}

const MESSAGE_ID = Buffer.from('"message_id":"');
const UUID_LENGTH = 36;

function messageIdOf({ bytes, start }: Frame): string {
  const at = bytes.indexOf(MESSAGE_ID, start) + MESSAGE_ID.length;
  return bytes.toString("latin1", at, at + UUID_LENGTH);
}

const MESSAGE_READ = Buffer.from('{"event":"message_read"');
const READ_BY = Buffer.from('"read_by":"');
const ACK = Buffer.from('{"event":"ack"');
const FAILURE = Buffer.from('{"event":"error"');
const NEW_MESSAGE = Buffer.from('{"event":"new_message"');

/** @returns Whether a frame has these bytes at that place. */
function has({ bytes, end }: Frame, expected: Buffer, at: number): boolean {
  const until = at + expected.length;
  return until <= end && bytes.compare(expected, 0, expected.length, at, until) === 0;
}

/** The bare relay's. */
export function relayDialect(url: string): Dialect {
  const address = url.replace("http", "ws");
  return {
    confirms: false,
    open: (person) => openWebSocket(`${address}/${person}`),
    wire: (person) => Wire.open(`${address}/${person}`),
    frame: (_, { id, content }) =>
      JSON.stringify({ event: "send_message", id: String(id), data: { content } }),
    isMessage: () => true,
    isConfirmation: () => false,
  };
}

/** Ours; people are paired by their places: 0 with 1, 2 with 3. */
export function ourDialect(url: string, people: readonly { id: string; token: string }[]): Dialect {
  const address = `${url.replace("http", "ws")}/ws`;
  const run = crypto.randomUUID().slice(0, 8);
  const ids = people.map(({ id }) => Buffer.from(id));
  const authenticate = (person: number) =>
    JSON.stringify({ event: "authenticate", data: { token: people[person]!.token } });
  return {
    confirms: true,
    async open(person) {
      const socket = await openWebSocket(address);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      socket.onmessage = ({ data }) =>
        data.startsWith('{"event":"authenticated"') ? resolve() : reject(new Error(data));
      socket.send(authenticate(person));
      await promise;
      socket.onmessage = null;
      return socket;
    },
    async wire(person) {
      const wire = await Wire.open(address);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      wire.onFrame = ({ bytes, start, end }) => {
        const text = bytes.toString("latin1", start, end);
        if (text.startsWith('{"event":"authenticated"')) resolve();
        else reject(new Error(text));
      };
      wire.send(authenticate(person));
      await promise;
      return wire;
    },
    frame: (person, { id, content }) =>
      JSON.stringify({
        event: "send_message",
        id,
        data: { receiver_id: people[person ^ 1]!.id, content, client_message_id: `${run}-${id}` },
      }),
    isMessage(person, frame) {
      if (!has(frame, NEW_MESSAGE, frame.start)) return false;
      return has(frame, ids[person ^ 1]!, frame.bytes.indexOf(SENDER, frame.start) + SENDER.length);
    },
    isReceipt(person, frame) {
      if (!has(frame, MESSAGE_READ, frame.start)) return false;
      return has(frame, ids[person ^ 1]!, frame.bytes.indexOf(READ_BY, frame.start) + READ_BY.length);
    },
    isConfirmation(frame) {
      const { bytes, start, end } = frame;
      if (has(frame, FAILURE, start)) throw new Error(bytes.toString("latin1", start, end));
      return has(frame, ACK, start);
    },
  };
}
