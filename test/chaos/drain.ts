/**
 * Drains a server with many sockets and sends in flight, and checks what each client was told and that every send is
 * stored once.
 * @module
 */
import { createClient } from "../../client/mod.ts";
import { ourDialect } from "../bench/ws_generator.ts";
import { eventually } from "../harness/eventually.ts";
import { type Crowd, type CrowdServer, openAll } from "./crowd.ts";
import type { Findings } from "./outcome.ts";

/** Pairs of whom one sends, and how many sends each of them has in flight. */
const TALKERS = 100;
const WINDOW = 2;
/** A drain that takes as long as this has been asked in the middle of it, ms. */
const WATCHED_MS = 250;
const MAX_MS = 25_000;

interface Asked {
  readonly at: number;
  readonly status: number | "refused";
}

/** See the module. */
export class Drain {
  readonly #crowd: Crowd;
  readonly #server: CrowdServer;
  readonly #closes: { readonly code: number; readonly reason: string }[] = [];
  /** By the client's name: the sender's place. */
  readonly #unanswered = new Map<string, number>();
  readonly #acked = new Set<string>();
  readonly #ready: Asked[] = [];
  #sockets: WebSocket[] = [];
  #signalledAt = 0;
  #firstCloseAt = Number.POSITIVE_INFINITY;
  #tookMs = 0;
  #lastCloseMs = 0;
  #code = -1;

  constructor(crowd: Crowd, server: CrowdServer) {
    this.#crowd = crowd;
    this.#server = server;
  }

  /** Opens everybody's socket and lets some of them talk. */
  async begin(sockets: number): Promise<void> {
    const { open } = ourDialect(this.#server.url, this.#crowd.people);
    this.#sockets = await openAll(sockets, open);
    for (const [place, socket] of this.#sockets.entries()) {
      socket.onclose = ({ code, reason }) => {
        if (this.#closes.push({ code, reason }) === 1) this.#firstCloseAt = performance.now();
        this.#lastCloseMs = performance.now() - this.#signalledAt;
      };
      socket.onmessage = ({ data }) => this.#hear(place, data);
    }
    for (let place = 0; place < Math.min(sockets, TALKERS * 2); place += 2) {
      for (let i = 0; i < WINDOW; i++) this.#send(place);
    }
    await eventually(() => this.#acked.size > 1_000, { withinMs: 15_000, what: "a talk" });
  }

  /** Sends the signal and waits for the end. */
  async end(): Promise<void> {
    let over = false;
    const asking = this.#askReady(() => over);
    this.#signalledAt = performance.now();
    this.#code = (await this.#server.child.end("SIGTERM")).code;
    this.#tookMs = performance.now() - this.#signalledAt;
    over = true;
    await asking;
    await eventually(() => this.#closes.length === this.#sockets.length, { what: "every close" });
  }

  async judge(): Promise<Findings> {
    const unanswered = this.#unanswered.size;
    const problems = [...this.#judgeReady(), ...this.#judgeCloses(), ...(await this.#judgeSends())];
    if (this.#code !== 0) problems.push(`exit code ${this.#code}`);
    if (this.#tookMs > MAX_MS) problems.push(`took ${Math.round(this.#tookMs)} ms`);
    const hints = this.#hints();
    const figures = [
      `${this.#sockets.length} sockets`,
      `last close after ${Math.round(this.#lastCloseMs)} ms`,
      `exit after ${Math.round(this.#tookMs)} ms`,
      `hints ${Math.min(...hints)}–${Math.max(...hints)} ms`,
      `answered ${this.#acked.size}`,
      `unanswered at the end ${unanswered}, sent again`,
    ];
    return { problems, figures };
  }

  #send(place: number): void {
    const id = crypto.randomUUID();
    const { id: receiver_id } = this.#crowd.people[place + 1]!;
    this.#unanswered.set(id, place);
    const data = { receiver_id, content: "still there?", client_message_id: id };
    this.#sockets[place]!.send(JSON.stringify({ event: "send_message", id, data }));
  }

  #hear(place: number, text: string): void {
    if (!text.startsWith('{"event":"ack"')) return;
    const { id } = JSON.parse(text) as { id: string };
    this.#unanswered.delete(id);
    this.#acked.add(id);
    if (this.#sockets[place]!.readyState === WebSocket.OPEN) this.#send(place);
  }

  async #askReady(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const at = performance.now();
      const status = await fetch(`${this.#server.url}/readyz`, { keepalive: false }).then(
        ({ status }) => status,
        () => "refused" as const,
      );
      this.#ready.push({ at, status });
      await Bun.sleep(5);
    }
  }

  /**
   * Who routes to this server must see that it goes before anybody is sent away: by the answer, or, when the last one
   * has gone, by a port that is closed.
   */
  #judgeReady(): string[] {
    const late = this.#ready.filter(({ at, status }) => status === 200 && at > this.#firstCloseAt);
    const problems = late.length > 0 ? [`/readyz was 200 while people were sent away`] : [];
    const watched = this.#signalledAt + this.#lastCloseMs - this.#firstCloseAt > WATCHED_MS;
    if (watched && !this.#ready.some(({ status }) => status === 503)) problems.push("/readyz was never 503");
    return problems;
  }

  #hints(): number[] {
    return this.#closes.flatMap(({ code, reason }) =>
      code === 4000 ? [JSON.parse(reason).retry_after_ms] : [],
    );
  }

  /** Spread: in each tenth of the time there is about a tenth of them. */
  #judgeCloses(): string[] {
    const others = this.#closes.filter(({ code }) => code !== 4000);
    const problems = others.length > 0 ? [`${others.length} closed otherwise: ${others[0]!.code}`] : [];
    const hints = this.#hints();
    const width = (Math.max(...hints) + 1) / 10;
    const tenths = Array.from(
      { length: 10 },
      (_, i) => hints.filter((ms) => Math.floor(ms / width) === i).length,
    );
    const fair = hints.length / 10;
    // Five standard deviations: chance does not do that.
    const odd = 5 * Math.sqrt(fair);
    if (tenths.some((count) => Math.abs(count - fair) > odd)) problems.push(`hints by tenth: ${tenths}`);
    return problems;
  }

  /** Whoever has no answer sends again, elsewhere; then each message is there exactly once. */
  async #judgeSends(): Promise<string[]> {
    const { people, start, database } = this.#crowd;
    const { url } = await start();
    const again = Map.groupBy([...this.#unanswered], ([, place]) => place);
    await Promise.all(
      [...again].map(async ([place, sends]) => {
        const client = createClient({ url, token: people[place]!.token });
        const { id: receiver_id } = people[place + 1]!;
        for (const [client_message_id] of sends) {
          await client.send({ receiver_id, content: "still there?", client_message_id });
        }
        client.close();
      }),
    );
    const rows = await database.sql<{ name: string; count: number }[]>`
      select client_message_id as name, count(*)::int as count from messages group by 1
    `;
    const stored = new Map(rows.map(({ name, count }) => [name, count]));
    const all = [...this.#acked, ...this.#unanswered.keys()];
    const wrong = all.filter((name) => stored.get(name) !== 1);
    const problems = wrong.length > 0 ? [`${wrong.length} messages are not stored once`] : [];
    if (stored.size !== all.length) problems.push(`${stored.size} stored, ${all.length} sent`);
    return problems;
  }
}
