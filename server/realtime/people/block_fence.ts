/**
 * Makes a block effective on every node before it is answered: each node that holds one of the two people hides what
 * the other one did up to then (visibility.ts) and confirms it. Who may reach whom later is decided by the database.
 * @module
 */
import type { Bus } from "../../backplane/mod.ts";
import { encodeMessage, type PersonMessage, topicOfUser } from "./bus_messages.ts";
import type { Member } from "./member.ts";
import type { Members } from "./members.ts";
import { hideUpTo } from "./visibility.ts";

interface BlockFenceDeps {
  readonly nodeId: string;
  readonly bus: Bus;
  readonly members: Members;
  /** @returns The heads of these people's logs. */
  readonly readHeads: (userIds: readonly string[]) => Promise<ReadonlyMap<string, number>>;
}

type Raised = Extract<PersonMessage, { kind: "fenced" }>;

/** A block is answered after this at the latest, ms, whatever other nodes do. */
const CONFIRM_WITHIN_MS = 200;

/** Confirmations so far, and how many are expected once that is known. */
interface Waiting {
  confirmed: number;
  expected: number;
  readonly done: () => void;
}

export class BlockFence {
  readonly #deps: BlockFenceDeps;
  readonly #open = new Map<string, Waiting>();
  #lastName = 0;

  /** Where other nodes confirm to this one. */
  readonly topic: string;

  constructor(deps: BlockFenceDeps) {
    this.#deps = deps;
    this.topic = topicOfNode(deps.nodeId);
    void deps.bus.subscribe(this.topic);
  }

  /** Call it after the commit of a block. Resolves when every node has confirmed, or after 200 ms. */
  async raise(a: string, b: string): Promise<void> {
    const heads = await this.#deps.readHeads([a, b]);
    await Promise.all([
      this.#between({ userId: a, peerId: b, upTo: heads.get(a) ?? 0 }),
      this.#between({ userId: b, peerId: a, upTo: heads.get(b) ?? 0 }),
    ]);
  }

  /** Another node has raised a fence for a person who is held here. */
  heard(member: Member, { peerId, upTo, replyTo, name }: Raised): void {
    hideUpTo(member, peerId, upTo);
    // Frames that were queued before the confirmation are written before it.
    for (const socket of member.sockets) socket.flush();
    this.#deps.bus.publish(topicOfNode(replyTo), name);
  }

  /** Another node has confirmed. */
  confirmed(name: string): void {
    const waiting = this.#open.get(name);
    if (waiting && ++waiting.confirmed >= waiting.expected) waiting.done();
  }

  async #between({ userId, peerId, upTo }: { userId: string; peerId: string; upTo: number }): Promise<void> {
    const { bus, members, nodeId } = this.#deps;
    const member = members.get(userId);
    if (member) hideUpTo(member, peerId, upTo);
    const name = String(++this.#lastName);
    const { promise, resolve: done } = Promise.withResolvers<void>();
    const waiting: Waiting = { confirmed: 0, expected: Number.POSITIVE_INFINITY, done };
    this.#open.set(name, waiting);
    const timer = setTimeout(done, CONFIRM_WITHIN_MS);
    const message = encodeMessage({ kind: "fenced", peerId, upTo, replyTo: nodeId, name });
    void bus.reach(topicOfUser(userId), message).then((reached) => {
      waiting.expected = reached;
      if (waiting.confirmed >= reached) done();
    });
    await promise;
    clearTimeout(timer);
    this.#open.delete(name);
  }
}

function topicOfNode(nodeId: string): string {
  return `n.${nodeId}`;
}
