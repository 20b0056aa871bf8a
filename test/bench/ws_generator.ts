/**
 * Sockets without a client around them, so that the bench measures the server and not what loads it: pairs that keep a
 * number of messages under way, or send at moments that are fixed beforehand. Two dialects: ours, and the bare relay's.
 * @module
 */

/** How one kind of server is spoken to. */
export interface Dialect {
  /** Opens the socket of a person; resolves when it may be used. */
  open(person: number): Promise<WebSocket>;
  /** @returns The frame of a message to the other one of the pair. */
  frame(person: number, options: { readonly id: number; readonly content: string }): string;
  /** @returns The content when the frame brings a message from the other one, else undefined. */
  contentOf(frame: string): string | undefined;
  /** @returns Whether the frame confirms one of ours. */
  isConfirmation(frame: string): boolean;
  /** Whether messages are confirmed; without it, arriving counts. */
  readonly confirms: boolean;
}

/** What was measured. */
export interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

const WARM_UP_MS = 1_500;

/** Pairs of open sockets. */
export class Pairs {
  readonly #dialect: Dialect;
  readonly #sockets: WebSocket[] = [];
  /** Called with each message that arrives, and with each confirmation. */
  #onArrival: (person: number, content: string) => void = () => {};
  #onConfirmation: (person: number) => void = () => {};
  #id = 0;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  async open(pairs: number): Promise<void> {
    for (let person = 0; person < pairs * 2; person++) {
      const socket = await this.#dialect.open(person);
      socket.onmessage = ({ data }) => this.#receive(person, data);
      this.#sockets.push(socket);
    }
  }

  /** Who sends and who receives look at different frames: reading every frame would measure the generator. */
  #receive(person: number, frame: string): void {
    if (person % 2 === 1) {
      const content = this.#dialect.contentOf(frame);
      if (content !== undefined) this.#onArrival(person, content);
    } else if (this.#dialect.confirms && this.#dialect.isConfirmation(frame)) {
      this.#onConfirmation(person);
    }
  }

  #send(person: number): void {
    const content = `${performance.now().toFixed(3)} ${"x".repeat(48)}`;
    this.#sockets[person]!.send(this.#dialect.frame(person, { id: ++this.#id, content }));
  }

  /** Keeps so many messages of each pair under way. @returns Arrivals a second. */
  async peak(options: { window: number; seconds: number; onMeasure: () => () => void }): Promise<number> {
    let arrived = 0;
    let isOver = false;
    const again = (person: number) => {
      if (!isOver) this.#send(person);
    };
    this.#onArrival = (person) => {
      arrived++;
      if (!this.#dialect.confirms) again(person - 1);
    };
    this.#onConfirmation = again;
    for (let person = 0; person < this.#sockets.length; person += 2) {
      for (let i = 0; i < options.window; i++) this.#send(person);
    }
    await Bun.sleep(WARM_UP_MS);
    const before = arrived;
    const start = performance.now();
    const stop = options.onMeasure();
    await Bun.sleep(options.seconds * 1_000);
    const count = arrived - before;
    const seconds = (performance.now() - start) / 1_000;
    stop();
    isOver = true;
    await Bun.sleep(500);
    return count / seconds;
  }

  /** Sends at a rate, evenly, whatever comes back. @returns Latency from the moments that were meant. */
  async paced(options: { rate: number; seconds: number }): Promise<Measured> {
    const taken: number[] = [];
    this.#onConfirmation = () => {};
    this.#onArrival = (_, content) => void taken.push(performance.now() - Number.parseFloat(content));
    const total = Math.floor(options.rate * options.seconds);
    const start = performance.now();
    for (let sent = 0; sent < total; ) {
      const due = Math.min(total, ((performance.now() - start) / 1_000) * options.rate);
      for (; sent < due; sent++) {
        const intended = start + (sent / options.rate) * 1_000;
        const person = (sent * 2) % this.#sockets.length;
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

/** The bare relay's. */
export function relayDialect(url: string): Dialect {
  const address = url.replace("http", "ws");
  return {
    confirms: false,
    open: (person) => openWebSocket(`${address}/${person}`),
    frame: (_, { id, content }) =>
      JSON.stringify({ event: "send_message", id: String(id), data: { content } }),
    contentOf: (frame) => JSON.parse(frame).data.content,
    isConfirmation: () => false,
  };
}

/** Ours; people are paired by their places: 0 with 1, 2 with 3. */
export function ourDialect(url: string, people: readonly { id: string; token: string }[]): Dialect {
  const address = `${url.replace("http", "ws")}/ws`;
  const run = crypto.randomUUID().slice(0, 8);
  return {
    confirms: true,
    async open(person) {
      const socket = await openWebSocket(address);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      socket.onmessage = ({ data }) =>
        data.startsWith('{"event":"authenticated"') ? resolve() : reject(new Error(data));
      socket.send(JSON.stringify({ event: "authenticate", data: { token: people[person]!.token } }));
      await promise;
      socket.onmessage = null;
      return socket;
    },
    frame: (person, { id, content }) =>
      JSON.stringify({
        event: "send_message",
        id,
        data: { receiver_id: people[person ^ 1]!.id, content, client_message_id: `${run}-${id}` },
      }),
    contentOf: (frame) =>
      frame.startsWith('{"event":"new_message"') ? JSON.parse(frame).data.content : undefined,
    isConfirmation(frame) {
      if (frame.startsWith('{"event":"error"')) throw new Error(frame);
      return frame.startsWith('{"event":"ack"');
    },
  };
}
