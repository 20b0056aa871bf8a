/**
 * A push provider that records what it was asked to send and answers what the test says.
 * @module
 */
import type { Notice, Outcome, Provider, Target } from "../../../server/features/push/providers/provider.ts";
import type { ProviderName } from "../../../server/features/push/schema.ts";

/** One notification that was sent. */
export interface Recorded {
  readonly target: Target;
  readonly notice: Notice;
}

/** See the module. */
export class RecordingProvider implements Provider {
  readonly name: ProviderName;
  readonly sent: Recorded[] = [];
  /** What the next calls are answered; when empty, everything is taken. */
  readonly answers: (Outcome | ((recorded: Recorded) => Outcome | Promise<Outcome>))[] = [];

  constructor(name: ProviderName = "fcm") {
    this.name = name;
  }

  async send(target: Target, notice: Notice): Promise<Outcome> {
    const recorded = { target, notice };
    this.sent.push(recorded);
    const answer = this.answers.shift() ?? { kind: "sent" };
    return typeof answer === "function" ? await answer(recorded) : answer;
  }

  /** What was sent to one token. */
  to(token: string): Notice[] {
    return this.sent.filter(({ target }) => target.token === token).map(({ notice }) => notice);
  }
}
