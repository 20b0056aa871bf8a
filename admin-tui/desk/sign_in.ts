/**
 * Sign-in inside the dashboard: dialogs for the address and the code. A form that was open is restored afterwards.
 * @module
 */
import type { Desk } from "./desk.ts";
import { type Failure, failureOf } from "./failure.ts";
import type { Session } from "./session.ts";

interface SignInOptions {
  readonly desk: Desk;
  readonly session: Session;
  readonly onSignedIn: () => void;
  /** Cancelled before anybody was signed in: there is nothing to look at. */
  readonly onGiveUp: () => void;
}

export class SignIn {
  readonly #options: SignInOptions;
  #email = "";
  /** Why somebody else is to sign in. */
  #refusal: string | undefined;
  #isOpen = false;

  constructor(options: SignInOptions) {
    this.#options = options;
  }

  /** Ends the session of somebody who has no business here, and asks for another one. */
  instead(refusal: string): void {
    this.#refusal = refusal;
    this.#options.session.end();
    this.open();
  }

  /** Asks until somebody is signed in or cancels; does nothing while it is asking. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    const { desk } = this.#options;
    desk.suspend();
    void this.#run().finally(() => {
      this.#isOpen = false;
      desk.resume();
    });
  }

  async #run(): Promise<void> {
    const { session, onGiveUp, onSignedIn } = this.#options;
    let error = this.#refusal;
    this.#refusal = undefined;
    const wasExpired = session.phase === "expired" && error === undefined;
    for (;;) {
      const address = await this.#askEmail(wasExpired, error);
      if (address === null) {
        if (!wasExpired) onGiveUp();
        return;
      }
      this.#email = address;
      error = (await attempt(() => session.sendCode(address)))?.text;
      if (error) continue;
      const outcome = await this.#askCode();
      if (outcome === "done") return onSignedIn();
      error = outcome;
    }
  }

  async #askEmail(wasExpired: boolean, error: string | undefined): Promise<string | null> {
    const { desk } = this.#options;
    const values = await desk.ask({
      title: wasExpired ? "The session has ended" : `Sign in to ${desk.place}`,
      lines: wasExpired ? ["Sign in again: everything stays where it was."] : ["A code comes by mail."],
      fields: [
        {
          id: "email",
          label: "E-mail",
          value: this.#email,
          limit: 320,
          check: (text) => (/^\S+@\S+$/.test(text) ? undefined : "must be an e-mail address"),
        },
      ],
      confirm: "Send code",
      isHarmless: true,
      errors: error ? { email: error } : {},
    });
    return values?.email ?? null;
  }

  /** @returns `done`, or why the address is asked for again. */
  async #askCode(): Promise<string | undefined> {
    const { desk, session } = this.#options;
    let error: string | undefined;
    for (;;) {
      const values = await desk.ask({
        title: "Enter the code",
        lines: [`Six digits were sent to ${this.#email}, valid for 5 minutes.`],
        fields: [
          {
            id: "code",
            label: "Code",
            limit: 12,
            check: (text) => (/^\d{6}$/.test(text.replaceAll(" ", "")) ? undefined : "is six digits"),
          },
        ],
        confirm: "Sign in",
        isHarmless: true,
        errors: error ? { code: error } : {},
      });
      if (!values) return undefined;
      const code = (values.code ?? "").replaceAll(" ", "");
      const failure = await attempt(() => session.signIn(this.#email, code));
      if (!failure) return "done";
      // Not staff, or suspended: another code would not help.
      if (failure.kind === "refused") return failure.text;
      error = failure.kind === "expired" ? "is wrong, used or too old" : failure.text;
    }
  }
}

async function attempt(work: () => Promise<unknown>): Promise<Failure | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return failureOf(error);
  }
}
