/**
 * A client that resumes from its position and repeats unanswered sends, as the contract asks, and records everything
 * for the test.
 * @module
 */
import { mayReconnect } from "../../server/protocol/close_codes.ts";
import { eventually } from "./eventually.ts";
import { type Frame, TestSocket } from "./socket.ts";

/** See the module. */
export class ResumingClient {
  /** Durable frames of all connections, in the order of their arrival; of a message sent here the confirmation. */
  readonly logged: Frame[] = [];
  /** Close codes of lost connections. */
  readonly closes: number[] = [];
  resyncs = 0;
  readonly #urlOf: () => string;
  readonly #token: string;
  #since: number | undefined;
  #socket: TestSocket | undefined;
  #stopped = false;
  #running: Promise<void>;

  /** @param urlOf Where to connect next. */
  constructor(urlOf: () => string, token: string) {
    this.#urlOf = urlOf;
    this.#token = token;
    this.#running = this.#run();
  }

  /** Resolves once it is connected and has caught up. */
  async ready(): Promise<void> {
    await eventually(() => this.#live(), { what: "a live socket" });
  }

  /** Sends until it is acknowledged. @returns The message's id. */
  async send(receiverId: string, content: string): Promise<string> {
    const data = { receiver_id: receiverId, content, client_message_id: content };
    for (;;) {
      const socket = await eventually(() => this.#live(), { withinMs: 30_000, what: "a live socket" });
      const answer = await Promise.race([
        socket.call("send_message", data).catch(() => undefined),
        socket.closed.then(() => undefined),
      ]);
      if (answer?.event === "ack") return answer.data.message_id;
      if (answer && !answer.data.retryable) throw new Error(`Cannot send: ${JSON.stringify(answer.data)}`);
    }
  }

  /** Positions of the log as they came. */
  seqs(): number[] {
    return this.logged.map(({ seq }) => seq!);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#socket?.ws.close();
    await this.#running;
  }

  #live(): TestSocket | undefined {
    const socket = this.#socket;
    return socket?.ws.readyState === WebSocket.OPEN && socket.ready ? socket : undefined;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const socket = new TestSocket(this.#urlOf());
      this.#socket = socket;
      socket.onFrame = (frame) => this.#take(socket, frame);
      await socket.opened;
      socket.send("authenticate", { token: this.#token, since: this.#since });
      const { code } = await socket.closed;
      if (this.#stopped) return;
      this.closes.push(code);
      if (!mayReconnect(code)) throw new Error(`Closed for good: ${code}`);
      await Bun.sleep(20 + Math.random() * 80);
    }
  }

  #take(socket: TestSocket, { event, seq, data }: Frame): void {
    if (event === "resync_required") this.resyncs++;
    if (event === "authenticated" && this.#since === undefined) {
      this.#since = data.seq;
      socket.ready = true;
    }
    if (event === "caught_up") socket.ready = true;
    if (seq === undefined) return;
    this.#since = seq;
    this.logged.push({ event, seq, data });
  }
}
