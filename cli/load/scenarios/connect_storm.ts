/**
 * A scenario that opens sockets at a rate and keeps them open.
 * @module
 */
import { ChatAct, type Operation } from "../scenario.ts";

const READY_WITHIN_MS = 60_000;

export class ConnectStorm extends ChatAct {
  #arrived = 0;

  /** Nobody is there before the run. */
  override async prepare(): Promise<void> {}

  async operate({ intended }: Operation): Promise<void> {
    const person = this.crowd.people[this.#arrived++];
    if (!person) {
      this.scene.recorder.count("unsent");
      return;
    }
    for (let i = 0; i < this.scene.plan.devices; i++) {
      const { client } = this.crowd.connect(person);
      await this.attempt("connect", intended, () => client.ready({ timeoutMs: READY_WITHIN_MS }));
    }
  }
}
