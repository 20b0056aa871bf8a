/**
 * Signing in inside of the dashboard: an address, a code, in dialogs that come back with what was wrong. What was on
 * the screen stays.
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

/** @returns The way in. */
export function createSignIn({ desk, session, onSignedIn, onGiveUp }: SignInOptions) {
  let email = "";
  let isOpen = false;

  async function run(): Promise<void> {
    const wasExpired = session.phase === "expired";
    let error: string | undefined;
    for (;;) {
      const address = await askEmail(wasExpired, error);
      if (address === null) {
        if (!wasExpired) onGiveUp();
        return;
      }
      email = address;
      error = (await attempt(() => session.sendCode(email)))?.text;
      if (error) continue;
      const outcome = await askCode();
      if (outcome === "done") {
        onSignedIn();
        return;
      }
      error = outcome;
    }
  }

  async function askEmail(wasExpired: boolean, error: string | undefined): Promise<string | null> {
    const values = await desk.ask({
      title: wasExpired ? "The session has ended" : `Sign in to ${desk.place}`,
      lines: wasExpired ? ["Sign in again: everything stays where it was."] : ["A code comes by mail."],
      fields: [
        {
          id: "email",
          label: "E-mail",
          value: email,
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
  async function askCode(): Promise<string | undefined> {
    let error: string | undefined;
    for (;;) {
      const values = await desk.ask({
        title: "Enter the code",
        lines: [`Six digits were sent to ${email}, good for 5 minutes.`],
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
      const failure = await attempt(() => session.signIn(email, code));
      if (!failure) return "done";
      // Nobody of the staff, or suspended: another code would not help.
      if (failure.kind === "refused") return failure.text;
      error = failure.kind === "expired" ? "is wrong, used or too old" : failure.text;
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

  return {
    /** Asks until somebody is signed in or has had enough; once at a time. */
    open(): void {
      if (isOpen) return;
      isOpen = true;
      void run().finally(() => {
        isOpen = false;
      });
    },
  };
}
