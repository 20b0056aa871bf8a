/**
 * What makes a block act on every node before it is answered: each node that holds one of the two hides what the other
 * did until then, however late it comes, and says that it does. It decides nothing about who may reach whom later:
 * that is the database's.
 * @module
 */
import type { Bus } from "../../backplane/mod.ts";
import type { Member } from "./member.ts";
import type { Members } from "./members.ts";
import { type PersonNews, topicOfUser, writeNews } from "./news.ts";

interface FenceDeps {
  readonly nodeId: string;
  readonly bus: Bus;
  readonly members: Members;
  /** @returns The heads of these people's logs. */
  readonly readHeads: (userIds: readonly string[]) => Promise<ReadonlyMap<string, number>>;
}

type Raised = Extract<PersonNews, { kind: "fenced" }>;

/** A node that does not answer within this holds nobody up any longer, ms. */
const CONFIRM_WITHIN_MS = 200;

/** A question under way: answers so far, and how many there will be once that is known. */
interface Question {
  confirmed: number;
  expected: number;
  readonly done: () => void;
}

export class Fence {
  readonly #deps: FenceDeps;
  readonly #open = new Map<string, Question>();
  #lastName = 0;

  /** Where other nodes confirm to this one. */
  readonly topic: string;

  constructor(deps: FenceDeps) {
    this.#deps = deps;
    this.topic = topicOfNode(deps.nodeId);
    void deps.bus.subscribe(this.topic);
  }

  /** Between two people, after the commit of a block. Resolves once every node has confirmed, or did not in time. */
  async raise(a: string, b: string): Promise<void> {
    const heads = await this.#deps.readHeads([a, b]);
    await Promise.all([
      this.#between({ userId: a, peerId: b, upTo: heads.get(a) ?? 0 }),
      this.#between({ userId: b, peerId: a, upTo: heads.get(b) ?? 0 }),
    ]);
  }

  /** Another node has raised one. */
  heard(member: Member, { peerId, upTo, replyTo, name }: Raised): void {
    member.fence(peerId, upTo);
    // What went before the confirmation is on its way before it.
    for (const socket of member.sockets) socket.flush();
    this.#deps.bus.publish(topicOfNode(replyTo), name);
  }

  /** Another node confirms. */
  confirmed(name: string): void {
    const question = this.#open.get(name);
    if (question && ++question.confirmed >= question.expected) question.done();
  }

  async #between({ userId, peerId, upTo }: { userId: string; peerId: string; upTo: number }): Promise<void> {
    const { bus, members, nodeId } = this.#deps;
    members.get(userId)?.fence(peerId, upTo);
    const name = String(++this.#lastName);
    const { promise, resolve: done } = Promise.withResolvers<void>();
    const question: Question = { confirmed: 0, expected: Number.POSITIVE_INFINITY, done };
    this.#open.set(name, question);
    const timer = setTimeout(done, CONFIRM_WITHIN_MS);
    const news = writeNews({ kind: "fenced", peerId, upTo, replyTo: nodeId, name });
    void bus.reach(topicOfUser(userId), news).then((reached) => {
      question.expected = reached;
      if (question.confirmed >= reached) done();
    });
    await promise;
    clearTimeout(timer);
    this.#open.delete(name);
  }
}

function topicOfNode(nodeId: string): string {
  return `n.${nodeId}`;
}
