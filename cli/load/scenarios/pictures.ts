/**
 * A scenario of pictures: one is uploaded and sent, and the other person's device loads its thumbnail.
 * @module
 */
import { uploadPicture } from "../../../client/media/mod.ts";
import type { Arrival, NewMessage } from "../crowd.ts";
import { makePhoto } from "../photo.ts";
import { ChatAct, type Operation } from "../scenario.ts";

export class Pictures extends ChatAct {
  #photo = new Blob();
  /** When sending each picture was meant to begin, by its address. */
  readonly #intended = new Map<string, number>();

  override async prepare(): Promise<void> {
    this.#photo = await makePhoto();
    await super.prepare();
  }

  async operate(operation: Operation): Promise<void> {
    const { conversations } = this.crowd;
    const { index, intended } = operation;
    const { plan, recorder } = this.scene;
    const conversation = conversations[index % conversations.length]!;
    const from = conversation.people[(Math.floor(index / conversations.length) % 2) as 0 | 1];
    await this.say(from, conversation, operation, async () => {
      const { url } = await uploadPicture(from.rest, this.#photo, { url: plan.url });
      recorder.latency("upload", performance.now() - intended);
      this.#intended.set(url, intended);
      return { content: url, message_type: "image" };
    });
  }

  protected override onMessage(message: NewMessage, at: Arrival): void {
    super.onMessage(message, at);
    if (message.receiver_id !== at.person.id) return;
    const intended = this.#intended.get(message.content);
    if (intended === undefined) return;
    this.scene.recorder.latency("delivery", performance.now() - intended);
    void this.pending(() => this.#load(message, intended));
  }

  /** Loads the thumbnail as the app of the person who got the message does. */
  async #load({ media }: NewMessage, intended: number): Promise<void> {
    const { plan, recorder } = this.scene;
    try {
      const answer = await fetch(new URL(media!.thumb_url, plan.url));
      const { size } = await answer.blob();
      if (answer.ok && size > 0) recorder.latency("thumbnail", performance.now() - intended);
      else recorder.error(`THUMBNAIL_${answer.status}`);
    } catch {
      recorder.error("THUMBNAIL_UNREACHABLE");
    }
  }
}
