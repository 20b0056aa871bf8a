/**
 * The interface of a scenario and the operations that all of them share: sending, receiving, verifying.
 * @module
 */
import { type MessageToSend, RequestFailure } from "../../client/mod.ts";
import type { Random } from "../random.ts";
import { type Arrival, type Conversation, Crowd, forEach, type NewMessage, type Person } from "./crowd.ts";
import type { Population } from "./people.ts";
import type { Plan } from "./plan.ts";
import { readHistory } from "./read_history.ts";
import type { Recorder } from "./recorder.ts";
import type { Findings, Issue, LatencyName } from "./report_shape.ts";

/** One operation that is due. */
export interface Operation {
  /** 0, 1, 2 … on this generator. */
  readonly index: number;
  /** When it was meant to begin, by performance.now(). */
  readonly intended: number;
}

/** What a scenario is given. */
export interface Scene {
  readonly plan: Plan;
  readonly population: Population;
  readonly recorder: Recorder;
  readonly random: Random;
}

/** The part of a scenario that the generator calls. */
export interface Act {
  /** Before the run. */
  prepare(): Promise<void>;
  /** Carries out one operation and records it; never rejects. */
  operate(operation: Operation): Promise<void>;
  /** Ends the warm-up: discards what was measured so far. */
  beginMeasuring(): void;
  /** Waits for what is under way. */
  settle(withinMs: number): Promise<void>;
  /** Closes every socket; operations in flight fail. */
  close(): void;
  /** After the run: checks what was received and, with --verify, what is stored. */
  conclude(): Promise<Findings>;
}

const MAX_ISSUES = 1_000;
const READERS = 8;

/** Chatting, on which most scenarios build. */
export abstract class ChatAct implements Act {
  protected readonly scene: Scene;
  protected readonly crowd: Crowd;
  readonly #padding: string;
  /** Messages delivered in the warm-up. */
  #deliveredBefore = 0;
  /** What is under way: operations without an outcome, and what they lead to. */
  #underWay = 0;
  #rolledBackFrom: number | undefined;

  constructor(scene: Scene, { isSecondAway }: { isSecondAway?: boolean } = {}) {
    this.scene = scene;
    const { plan, population, recorder } = scene;
    this.#padding = "x".repeat(plan.size);
    this.crowd = new Crowd(population, {
      plan,
      recorder,
      isSecondAway,
      onMessage: (message, at) => this.onMessage(message, at),
    });
  }

  async prepare(): Promise<void> {
    await this.crowd.connectAll();
  }

  abstract operate(operation: Operation): Promise<void>;

  beginMeasuring(): void {
    this.#deliveredBefore = this.#delivered();
  }

  async settle(withinMs: number): Promise<void> {
    await this.crowd.settle(withinMs, () => this.#underWay > 0);
  }

  close(): void {
    this.crowd.close();
  }

  /**
   * Sends a message, which by default carries its intended start time.
   *
   * @param make What it says instead; making it is a part of the operation.
   * @returns Its id, once it was acknowledged.
   */
  protected async say(
    from: Person,
    conversation: Conversation,
    { intended, index }: Operation,
    make?: () => Promise<Pick<MessageToSend, "content" | "message_type">>,
  ): Promise<string | undefined> {
    const { recorder } = this.scene;
    const [a, b] = conversation.people;
    const to = a === from ? b : a;
    const device = index % from.devices.length;
    const { client } = from.devices[device]!;
    recorder.count("sent");
    conversation.pending++;
    const text = `${intended.toFixed(3)} ${this.#padding}`.slice(0, this.scene.plan.size).trimEnd();
    const sent = await this.attempt("ack", intended, async () => {
      const what = (await make?.()) ?? { content: text };
      return await client.send({ receiver_id: to.id, conversation_id: conversation.id, ...what });
    });
    conversation.pending--;
    if (!sent) return undefined;
    recorder.count("acked");
    recorder.confirmed();
    conversation.ledger.confirm(`${from.id} ${device}`, { seq: sent.seq, messageId: sent.message_id });
    return sent.message_id;
  }

  /** Handles every event of every device. */
  protected onMessage(message: NewMessage, at: Arrival): void {
    const { recorder } = this.scene;
    const { person, conversation } = at;
    const { seq, message_id: messageId, receiver_id, content } = message;
    const isNew = conversation.ledger.receive(this.crowd.placeOf(at), { seq, messageId });
    if (!isNew || receiver_id !== person.id) return;
    const intended = Number.parseFloat(content);
    if (Number.isFinite(intended)) recorder.latency("delivery", performance.now() - intended);
  }

  /** Measures an operation from its intended start, and counts its outcome. */
  protected async attempt<T>(
    latency: LatencyName | undefined,
    intended: number,
    act: () => Promise<T>,
  ): Promise<T | undefined> {
    const { recorder } = this.scene;
    try {
      const answer = await this.pending(act);
      recorder.count("done");
      if (latency) recorder.latency(latency, performance.now() - intended);
      return answer;
    } catch (error) {
      const { code, details } = error instanceof RequestFailure ? error : { code: "UNEXPECTED", details: {} };
      const neverSent = code === "OVERLOADED" || (details as { sent?: boolean }).sent === false;
      if (neverSent) recorder.count("unsent");
      else recorder.error(code === "CLOSED" ? "UNANSWERED" : code);
      return undefined;
    }
  }

  /** Does something whose end the run waits for. */
  protected async pending<T>(act: () => Promise<T>): Promise<T> {
    this.#underWay++;
    try {
      return await act();
    } finally {
      this.#underWay--;
    }
  }

  async conclude(): Promise<Findings> {
    const { plan, recorder } = this.scene;
    const issues: Issue[] = [];
    let readBack = 0;
    if (plan.verify) {
      await forEach(this.crowd.conversations, READERS, async (conversation) => {
        const messages = await this.readBack(conversation);
        readBack += messages;
      });
    }
    for (const { ledger } of this.crowd.conversations) issues.push(...ledger.settle());
    recorder.count("delivered", this.#delivered() - this.#deliveredBefore);
    for (const { kind } of issues) {
      if (kind === "lost" || kind === "duplicated" || kind === "reordered" || kind === "leaked")
        recorder.count(kind);
      else recorder.error("HISTORY");
    }
    return {
      issues: issues.slice(0, MAX_ISSUES),
      issuesTotal: issues.length,
      rolledBackFrom: this.#rolledBackFrom,
      readBack,
    };
  }

  #delivered(): number {
    return this.crowd.conversations.reduce((sum, { ledger }) => sum + ledger.deliveredCount, 0);
  }

  /** Reads a conversation as both see it. @returns How many messages it has. */
  protected async readBack({ people, id, ledger }: Conversation): Promise<number> {
    const readers = await Promise.all(
      people.map(async (person) => ({ userId: person.id, messages: await readHistory(person, id) })),
    );
    const { unconfirmed, rolledBack, rolledBackFrom } = ledger.compare(readers);
    this.scene.recorder.count("unconfirmed", unconfirmed);
    this.scene.recorder.count("rolled_back", rolledBack);
    if (rolledBackFrom !== undefined)
      this.#rolledBackFrom = Math.min(rolledBackFrom, this.#rolledBackFrom ?? Number.POSITIVE_INFINITY);
    return readers[0]!.messages.length;
  }
}
