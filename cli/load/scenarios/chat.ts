/**
 * Scenarios that only send messages: pairs, people who are away, one busy inbox, connections that are cut.
 * @module
 */
import { forEach } from "../crowd.ts";
import { ChatAct, type Operation, type Scene } from "../scenario.ts";

/** Both sides of a pair in turn. */
export class ChatPairs extends ChatAct {
  async operate(operation: Operation): Promise<void> {
    const { conversations } = this.crowd;
    const { index } = operation;
    const conversation = conversations[index % conversations.length]!;
    const side = Math.floor(index / conversations.length) % 2;
    await this.say(conversation.people[side as 0 | 1], conversation, operation);
  }
}

const REGISTERING = 16;

/**
 * One of each pair has a device for notifications and no socket: the other one writes. What arrived at the person who is
 * away is what the history says with --verify.
 */
export class HalfAway extends ChatAct {
  constructor(scene: Scene) {
    super(scene, { isSecondAway: true });
  }

  override async prepare(): Promise<void> {
    await super.prepare();
    await forEach(this.crowd.conversations, REGISTERING, async ({ people: [, away] }) => {
      const body = { provider: "fcm", token: `load-test-${away.id}`, preview: "none" };
      await away.rest("/api/v1/devices/current", { method: "PUT", body });
    });
  }

  async operate(operation: Operation): Promise<void> {
    const { conversations } = this.crowd;
    const conversation = conversations[operation.index % conversations.length]!;
    await this.say(conversation.people[0], conversation, operation);
  }
}

/** Everybody writes, one person reads. */
export class HotInbox extends ChatAct {
  async operate(operation: Operation): Promise<void> {
    const { conversations } = this.crowd;
    const conversation = conversations[operation.index % conversations.length]!;
    await this.say(conversation.people[1], conversation, operation);
  }
}

/** One connection is cut for so many messages. */
const CUT_EVERY = 10;

/** As pairs, while connections are cut without a goodbye. */
export class ReconnectFlap extends ChatPairs {
  readonly #random: Scene["random"];

  constructor(scene: Scene) {
    super(scene);
    this.#random = scene.random;
  }

  override async prepare(): Promise<void> {
    // As somebody does who looks at their phone: at once, and with a short pause when that fails.
    await this.crowd.connectAll({ minDelayMs: 200, maxDelayMs: 5_000 });
  }

  override async operate(operation: Operation): Promise<void> {
    if (operation.index % CUT_EVERY === CUT_EVERY - 1) {
      const { people } = this.crowd;
      const { devices } = this.#random.pick(people);
      this.#random.pick(devices).cut();
    }
    await super.operate(operation);
  }
}
