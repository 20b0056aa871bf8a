/**
 * People who talk through the front while things break, each with two devices, and the judge of what became of it:
 * every acknowledgement and every receipt is written down and compared with the database at the end.
 * @module
 */
import { type Client, createClient } from "../../server/protocol/client/mod.ts";
import type { TestUser } from "../harness/app.ts";
import { eventually } from "../harness/eventually.ts";
import type { World } from "./world.ts";

/** What became of the messages of one talk. */
export interface Verdict {
  readonly acknowledged: number;
  /** Acknowledged and not stored, or stored and not on a device. */
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  /** How often somebody who never left was called offline. */
  readonly flickers: number;
  /** Longest time without any acknowledgement, ms. */
  readonly silenceMs: number;
  /** Longest way from an acknowledgement to another person's device, ms. */
  readonly slowestMs: number;
}

interface Device {
  readonly client: Client;
  readonly got: { readonly id: string; readonly at: number }[];
  /** Times it was told that the other is offline. */
  offline: number;
}

interface Pair {
  readonly people: readonly [TestUser, TestUser];
  /** Two of the one, then two of the other. */
  readonly devices: readonly Device[];
  readonly acked: Map<string, number>;
}

/** See the module. */
export class Talk {
  readonly #world: World;
  readonly #pairs: Pair[] = [];
  readonly #acks: number[] = [];
  #talking: Promise<void>[] = [];
  #stopped = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** Lets so many pairs begin to talk. */
  async begin(pairs: number): Promise<void> {
    for (let i = 0; i < pairs; i++) {
      const people = await this.#world.createPair();
      const [ana, ben] = people;
      const devices = [ana, ana, ben, ben].map(({ token }) => this.#open(token));
      this.#pairs.push({ people, devices, acked: new Map() });
    }
    await Promise.all(this.#pairs.flatMap(({ devices }) => devices.map(({ client }) => client.ready())));
    this.#talking = this.#pairs.flatMap((pair) => [
      this.#speak(pair, { client: pair.devices[0]!.client, to: pair.people[1] }),
      this.#speak(pair, { client: pair.devices[2]!.client, to: pair.people[0] }),
    ]);
    await this.flows();
  }

  /** Resolves once messages are acknowledged again, twenty of them. */
  async flows(): Promise<void> {
    const before = this.#acks.length;
    await eventually(() => this.#acks.length >= before + 20, { withinMs: 30_000, what: "acknowledgements" });
  }

  /** Ends the talk and judges it. */
  async end(): Promise<Verdict> {
    this.#stopped = true;
    await Promise.all(this.#talking);
    const verdicts: Pick<Verdict, "lost" | "duplicated" | "reordered" | "slowestMs">[] = [];
    for (const pair of this.#pairs) verdicts.push(await this.#judge(pair));
    for (const { devices } of this.#pairs) for (const { client } of devices) client.close();
    const sum = (pick: (verdict: (typeof verdicts)[0]) => number) =>
      verdicts.reduce((n, v) => n + pick(v), 0);
    return {
      acknowledged: this.#acks.length,
      lost: sum(({ lost }) => lost),
      duplicated: sum(({ duplicated }) => duplicated),
      reordered: sum(({ reordered }) => reordered),
      flickers: this.#pairs.reduce((n, { devices }) => n + devices.reduce((m, d) => m + d.offline, 0), 0),
      silenceMs: Math.round(Math.max(...this.#acks.slice(1).map((at, i) => at - this.#acks[i]!))),
      slowestMs: Math.round(Math.max(...verdicts.map(({ slowestMs }) => slowestMs))),
    };
  }

  #open(token: string): Device {
    const { url } = this.#world.front;
    const client = createClient({ url, token, minDelayMs: 20, maxDelayMs: 500, ackTimeoutMs: 2_000 });
    const device: Device = { client, got: [], offline: 0 };
    client.on("new_message", ({ message_id: id }) => device.got.push({ id, at: performance.now() }));
    client.on("user_offline", () => device.offline++);
    return device;
  }

  async #speak(pair: Pair, { client, to }: { client: Client; to: TestUser }): Promise<void> {
    for (let i = 1; !this.#stopped; i++) {
      const { message_id } = await client.send({ receiver_id: to.id, content: `message ${i}` });
      pair.acked.set(message_id, performance.now());
      this.#acks.push(performance.now());
      await Bun.sleep(5);
    }
  }

  async #judge({ people, devices, acked }: Pair) {
    const rows = await this.#world.database.sql<{ id: string; seq: number }[]>`
      select id, seq::int from messages where sender_id = any(${people.map(({ id }) => id)}::uuid[]) order by seq
    `;
    const stored = rows.map(({ id }) => id);
    const all = () => devices.every(({ got }) => got.length >= stored.length);
    await eventually(all, { withinMs: 35_000, what: "every message" }).catch(() => {});
    const storedIds = new Set(stored);
    let lost = [...acked.keys()].filter((id) => !storedIds.has(id)).length;
    let duplicated = stored.filter((id) => !acked.has(id)).length;
    let reordered = rows.filter(({ seq }, i) => seq !== i + 1).length;
    let slowestMs = 0;
    for (const { got } of devices) {
      const ids = got.map(({ id }) => id);
      const once = new Set(ids);
      const expected = stored.filter((id) => once.has(id));
      lost += stored.length - expected.length;
      duplicated += ids.length - once.size;
      reordered += [...once].filter((id, i) => id !== expected[i]).length;
      for (const { id, at } of got) slowestMs = Math.max(slowestMs, at - (acked.get(id) ?? at));
    }
    return { lost, duplicated, reordered, slowestMs };
  }
}
