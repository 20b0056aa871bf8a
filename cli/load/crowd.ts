/**
 * The users of one generator with their clients, and the ledgers of their conversations. It opens and closes sockets;
 * the scenario decides what they do.
 * @module
 */
import { type Client, type ClientOptions, createClient, createRest, type Rest } from "../../client/mod.ts";
import type { EventData } from "../../server/protocol/events.ts";
import { Ledger } from "./ledger.ts";
import type { Population } from "./people.ts";
import type { Plan } from "./plan.ts";
import { readHistory } from "./read_history.ts";
import type { Recorder } from "./recorder.ts";

/** Somebody. */
export interface Person {
  readonly id: string;
  readonly token: string;
  readonly conversations: Conversation[];
  readonly devices: Device[];
  readonly rest: Rest;
}

/** One client of somebody. */
export interface Device {
  readonly client: Client;
  /** Ends the connection under the client, as a network does. */
  cut(): void;
}

/** What two people say to each other. */
export interface Conversation {
  readonly id: string;
  readonly people: readonly [Person, Person];
  readonly ledger: Ledger;
  /** Messages without an answer. */
  pending: number;
}

/** A message as it arrives. */
export type NewMessage = EventData<"new_message">;

/** Where a message arrived. */
export interface Arrival {
  readonly person: Person;
  readonly device: number;
  readonly conversation: Conversation;
}

interface CrowdOptions {
  readonly plan: Plan;
  /** Whether only the first of the two people of each conversation has sockets. @default false */
  readonly isSecondAway?: boolean | undefined;
  readonly recorder: Recorder;
  /** Hears of every message on every device. */
  readonly onMessage: (message: NewMessage, at: Arrival) => void;
}

/** Sockets that are being opened at a time before the run. */
const OPENING = 32;
const READY_WITHIN_MS = 30_000;

/** See the module. */
export class Crowd {
  readonly people: readonly Person[];
  readonly conversations: readonly Conversation[];
  readonly #options: CrowdOptions;
  readonly #byId = new Map<string, Conversation>();

  constructor(population: Population, options: CrowdOptions) {
    this.#options = options;
    const { isSecondAway = false } = options;
    const { devices, url } = options.plan;
    this.people = population.people.map(({ id, token }) => ({
      id,
      token,
      conversations: [],
      devices: [],
      rest: createRest({ url, token, timeoutMs: 30_000 }),
    }));
    this.conversations = population.links.map(({ id, a, b }) => {
      const people = [this.people[a]!, this.people[b]!] as const;
      const places = people
        .slice(0, isSecondAway ? 1 : 2)
        .flatMap((person) =>
          Array.from({ length: devices }, (_, i) => ({ userId: person.id, device: i + 1 })),
        );
      const onSpread = (ms: number) => options.recorder.latency("spread", ms);
      const conversation = { id, people, ledger: new Ledger(id, places, onSpread), pending: 0 };
      for (const person of people) person.conversations.push(conversation);
      this.#byId.set(id, conversation);
      return conversation;
    });
  }

  /** Opens every device of everybody who is not away. @throws RequestFailure when one cannot be opened. */
  async connectAll(options: Partial<ClientOptions> = {}): Promise<void> {
    const { plan, isSecondAway } = this.#options;
    const present = isSecondAway ? this.conversations.map(({ people }) => people[0]) : this.people;
    const { devices } = plan;
    await forEach(present, OPENING, async (person) => {
      for (let i = 0; i < devices; i++) {
        await this.connect(person, options).client.ready({ timeoutMs: READY_WITHIN_MS });
      }
    });
  }

  /** Opens one more device of somebody; it is ready later. */
  connect(person: Person, options: Partial<ClientOptions> = {}): Device {
    const { plan, recorder } = this.#options;
    const device = person.devices.length;
    let socket: WebSocket | undefined;
    class Socket extends WebSocket {
      constructor(url: string) {
        super(url);
        socket = this;
      }
    }
    const client = createClient({
      url: plan.url,
      token: person.token,
      // From the very beginning: nothing may slip in between.
      since: 0,
      WebSocket: Socket,
      maxPending: 20_000,
      maxUnderWay: 60,
      onError: () => recorder.error("CLIENT"),
      ...options,
      ...patience(plan),
    });
    let connects = 0;
    let lostAt = 0;
    client.onConnection(({ state }) => {
      if (state === "waiting" && lostAt === 0) lostAt = performance.now();
      if (state !== "live") return;
      recorder.count(connects++ === 0 ? "connects" : "reconnects");
      if (lostAt > 0) recorder.latency("reconnect", performance.now() - lostAt);
      lostAt = 0;
    });
    client.on("new_message", (message) => {
      const conversation = this.#byId.get(message.conversation_id);
      if (conversation) this.#options.onMessage(message, { person, device, conversation });
    });
    client.onSend((change) => {
      // Without a position it comes as an event.
      if (change.state !== "sent" || change.seq === undefined) return;
      const { conversation_id, message_id, seq } = change.ack;
      const conversation = this.#byId.get(conversation_id);
      conversation?.ledger.receive(this.placeOf({ person, device, conversation }), {
        seq,
        messageId: message_id,
      });
    });
    client.on("resync_required", () => {
      recorder.count("resyncs");
      const books = person.conversations.map((conversation) => ({
        conversation,
        place: this.placeOf({ person, device, conversation }),
      }));
      for (const { conversation, place } of books) conversation.ledger.resync(place);
      // Not waited for: events would wait for it, and confirmations would not.
      for (const { conversation, place } of books) {
        readHistory(person, conversation.id).then(
          (messages) => conversation.ledger.load(place, messages),
          () => recorder.error("CLIENT"),
        );
      }
    });
    client.on("user_offline", ({ user_id }) => {
      const about = person.conversations.find(({ people }) => people.some(({ id }) => id === user_id));
      if (about && !about.ledger.isClosed) recorder.count("flickers");
    });
    const made: Device = {
      client,
      // Bun's own: no close frame, no goodbye.
      cut: () => (socket as unknown as { terminate(): void } | undefined)?.terminate(),
    };
    person.devices.push(made);
    return made;
  }

  /** Place of a device in the book of a conversation. */
  placeOf({ person, device, conversation }: Arrival): number {
    const side = conversation.people[0] === person ? 0 : 1;
    return side * this.#options.plan.devices + device;
  }

  /** Waits until nothing is under way, says `isBusy`, and everything has arrived. @returns Whether it came to that in time. */
  async settle(withinMs: number, isBusy: () => boolean): Promise<boolean> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      if (!isBusy() && this.conversations.every(({ ledger }) => ledger.isComplete)) return true;
      if (performance.now() >= deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  close(): void {
    for (const { devices } of this.people) {
      for (const { client } of devices) {
        this.#options.recorder.count("retries", client.stats.retries);
        client.close();
      }
    }
  }
}

function patience({ retryMs, ackTimeoutMs }: Plan): Partial<ClientOptions> {
  return {
    ...(retryMs === undefined ? {} : { minDelayMs: Math.min(retryMs, 1_000), maxDelayMs: retryMs }),
    ...(ackTimeoutMs === undefined ? {} : { ackTimeoutMs }),
  };
}

/** Does something for each, so many at a time. */
export async function forEach<T>(
  items: Iterable<T>,
  atOnce: number,
  act: (item: T) => Promise<unknown>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  async function work(): Promise<void> {
    for (let next = rest.next(); !next.done; next = rest.next()) await act(next.value);
  }
  await Promise.all(Array.from({ length: atOnce }, work));
}
