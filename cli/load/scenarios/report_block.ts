/**
 * A scenario of messages, reports and blocks that checks that nothing of either side arrives after a block was
 * acknowledged.
 * @module
 */
import { RequestFailure } from "../../../client/mod.ts";
import type { Arrival, Conversation, NewMessage, Person } from "../crowd.ts";
import { ChatAct, type Operation } from "../scenario.ts";

const WEIGHTS = { message: 6, report: 2, block: 2 } as const;

export class ReportBlock extends ChatAct {
  /** Conversations that still go on. */
  #open: Conversation[] = [];
  /** Whether the answer to a block has come. */
  readonly #blocked = new Set<Conversation>();

  override async prepare(): Promise<void> {
    await super.prepare();
    this.#open = [...this.crowd.conversations];
  }

  async operate(operation: Operation): Promise<void> {
    const { random, recorder } = this.scene;
    const conversation = this.#open[random.below(this.#open.length)];
    if (!conversation) return recorder.count("unsent");
    const [a, b] = conversation.people;
    const [actor, other] = random.chance(0.5) ? [a, b] : [b, a];
    switch (random.weighted(WEIGHTS)) {
      case "message":
        await this.say(actor, conversation, operation);
        return;
      case "report":
        await this.attempt("report", operation.intended, () =>
          actor.rest(`/api/v1/users/${other.id}/report`, { method: "POST", body: { reason: "spam" } }),
        );
        return;
      case "block":
        await this.#block(actor, other, { conversation, operation });
    }
  }

  /** A conversation with something under way is left alone: whether that still arrives is not defined. */
  async #block(
    actor: Person,
    other: Person,
    { conversation, operation }: { conversation: Conversation; operation: Operation },
  ): Promise<void> {
    const { ledger, pending } = conversation;
    if (pending > 0 || !ledger.isComplete) {
      await this.say(actor, conversation, operation);
      return;
    }
    this.#open = this.#open.filter((one) => one !== conversation);
    ledger.close();
    const path = `/api/v1/users/${other.id}/block`;
    const done = await this.attempt("block", operation.intended, () =>
      actor.rest(path, { method: "POST", body: {} }),
    );
    if (!done) return;
    this.#blocked.add(conversation);
    await this.#tryThrough(other, actor, conversation);
  }

  /** Writes through the block, which has to refuse. */
  async #tryThrough(from: Person, to: Person, conversation: Conversation): Promise<void> {
    try {
      const content = "through the block";
      const { message_id } = await from.devices[0]!.client.send({ receiver_id: to.id, content });
      conversation.ledger.leak(message_id, "confirmed after the answer to the block");
    } catch (error) {
      const { code } = error instanceof RequestFailure ? error : { code: "UNEXPECTED" };
      if (code !== "USER_BLOCKED") this.scene.recorder.error(`BLOCKED_${code}`);
    }
  }

  protected override onMessage(message: NewMessage, at: Arrival): void {
    const { conversation, person } = at;
    if (this.#blocked.has(conversation)) {
      if (message.sender_id === person.id) return;
      conversation.ledger.leak(message.message_id, "arrived after the answer to the block");
      return;
    }
    super.onMessage(message, at);
  }

  /** Both are refused their history; there is nothing to compare. */
  protected override async readBack(conversation: Conversation): Promise<number> {
    return this.#blocked.has(conversation) ? 0 : super.readBack(conversation);
  }
}
