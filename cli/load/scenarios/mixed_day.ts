/**
 * A scenario of mixed operations as on a day: messages, reads, typing, lists, reconnects.
 * @module
 */
import type { Arrival, NewMessage, Person } from "../crowd.ts";
import { ChatAct, type Operation } from "../scenario.ts";

const WEIGHTS = { message: 55, read: 20, typing: 12, history: 6, conversations: 5, reconnect: 2 } as const;

export class MixedDay extends ChatAct {
  /** The last message that came to somebody and is not read. */
  readonly #unread = new Map<Person, string>();

  async operate(operation: Operation): Promise<void> {
    const { random, recorder } = this.scene;
    const { people } = this.crowd;
    const person = random.pick(people);
    const conversation = random.pick(person.conversations);
    const device = random.pick(person.devices);
    switch (random.weighted(WEIGHTS)) {
      case "read": {
        const messageId = this.#unread.get(person);
        if (messageId !== undefined) {
          this.#unread.delete(person);
          await this.attempt("mark_read", operation.intended, () => device.client.markRead(messageId));
          return;
        }
        break;
      }
      case "typing":
        device.client.typing(conversation.id, random.chance(0.7));
        recorder.count("done");
        return;
      case "history":
        await this.#look(person, { path: `/${conversation.id}/messages`, latency: "history", operation });
        return;
      case "conversations":
        await this.#look(person, { path: "", latency: "conversations", operation });
        return;
      case "reconnect":
        device.cut();
        recorder.count("done");
        return;
    }
    await this.say(person, conversation, operation);
  }

  async #look(
    person: Person,
    {
      path,
      latency,
      operation,
    }: { path: string; latency: "history" | "conversations"; operation: Operation },
  ): Promise<void> {
    await this.attempt(latency, operation.intended, () => person.rest(`/api/v1/conversations${path}`));
  }

  protected override onMessage(message: NewMessage, at: Arrival): void {
    super.onMessage(message, at);
    if (message.receiver_id === at.person.id) this.#unread.set(at.person, message.message_id);
  }
}
