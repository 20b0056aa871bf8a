/**
 * The dashboard's single state and its subscribers; messages, dialogs, and whether changes are allowed at the moment.
 * It knows no screen and draws nothing.
 * @module
 */
import type { Api, CallFacts } from "../api.ts";
import type { Size } from "../layout.ts";
import type { OpenLink } from "../opener.ts";
import { sanitise } from "../sanitise.ts";
import { type DialogSpec, openDialog } from "./dialog_state.ts";
import { type Failure, failureOf } from "./failure.ts";
import type { SessionPhase } from "./session.ts";
import {
  type Group,
  initialState,
  type Overlay,
  type State,
  serverNow,
  type Toast,
  ticked,
} from "./state.ts";
import { fieldOf } from "./text_field.ts";

/** What the desk is made of. */
export interface DeskOptions {
  readonly api: Api;
  readonly session: SessionPhase;
  readonly size: Size;
  readonly isReadonly: boolean;
  /** What a row of the queue stands for at first. @default person */
  readonly group?: Group | undefined;
  /** What the moderator works on: a host, or the environment's name. */
  readonly place: string;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** Puts a text on the clipboard of the terminal. */
  readonly copy?: ((text: string) => void) | undefined;
  /** Opens a link in the browser. @default nothing can */
  readonly openLink?: OpenLink | undefined;
}

/** What was typed into a form, by field. */
export type Values = Readonly<Record<string, string>>;

/** A question that is open, and who waits for its answer. */
interface Question {
  readonly overlay: Overlay;
  readonly resolve: (answer: Values | string | null) => void;
}

const TOAST_MS = 6_000;
/** A load that is done within this time is not announced, ms. */
export const PATIENCE_MS = 150;

export class Desk {
  readonly api: Api;
  readonly isReadonly: boolean;
  readonly place: string;
  readonly now: () => number;
  readonly copy: (text: string) => void;
  readonly openLink: OpenLink;
  /** What was typed into forms that could not be sent, by what they were about. */
  readonly drafts = new Map<string, Values>();
  #state: State;
  readonly #listeners = new Set<() => void>();
  #question: Question | undefined;
  #suspended: Question | undefined;

  constructor(options: DeskOptions) {
    const { api, isReadonly, place, now = Date.now, copy = () => {}, openLink = async () => false } = options;
    this.api = api;
    this.isReadonly = isReadonly;
    this.place = place;
    this.now = now;
    this.copy = copy;
    this.openLink = openLink;
    this.#state = initialState({ ...options, now: now() });
  }

  get state(): State {
    return this.#state;
  }

  /** Replaces the state. The same state back means that nothing has changed. */
  update(change: (state: State) => State): void {
    const next = change(this.#state);
    if (next === this.#state) return;
    this.#state = next;
    for (const listener of this.#listeners) listener();
  }

  /** Replaces parts of the state. */
  set(parts: Partial<State>): void {
    this.update((state) => ({ ...state, ...parts }));
  }

  /** @returns What ends the subscription. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The server's time, ms. */
  serverNow(): number {
    return serverNow({ now: this.now(), offsetMs: this.#state.offsetMs });
  }

  /** Takes over the server's clock from a call. */
  heardClock({ offsetMs }: Pick<CallFacts, "offsetMs">): void {
    if (offsetMs !== undefined && offsetMs !== this.#state.offsetMs) this.set({ offsetMs });
  }

  /** Shows a message. @param text From anybody: it is sanitised here. */
  say(kind: Toast["kind"], text: string): void {
    this.set({ toast: { kind, text: sanitise(text), until: this.now() + TOAST_MS } });
  }

  /** Shows that a call has failed. @returns The failure. */
  tell(what: string, error: unknown): Failure {
    const failure = failureOf(error);
    // The sign-in dialog says it already.
    if (failure.kind !== "expired") this.say("error", `${what}: ${failure.text}`);
    return failure;
  }

  /** A load began: draws again when it has taken long enough to be announced. */
  lookSoon(): void {
    setTimeout(() => this.update((state) => ticked(state, this.now())), PATIENCE_MS + 10);
  }

  /** Whether something may be changed now; shows why not. */
  mayAct(): boolean {
    const { link, session } = this.#state;
    if (this.isReadonly) this.say("warn", "Read-only: started with --readonly");
    else if (session !== "signed_in")
      this.say("warn", "Not possible now: the session has ended, press R to sign in");
    else if (link.state === "down")
      this.say("warn", "Not possible now: the connection is lost, trying again");
    else return true;
    return false;
  }

  /** Opens a dialog at once. @returns The values, or null when it was cancelled. */
  ask(spec: DialogSpec): Promise<Values | null> {
    return this.#open<Values>({ kind: "dialog", dialog: openDialog(spec) });
  }

  /** Opens a line at the bottom. @returns The text, or null. */
  prompt(options: { sign: string; hint: string; text?: string; error?: string }): Promise<string | null> {
    const { sign, hint, text = "", error } = options;
    return this.#open<string>({ kind: "prompt", prompt: { sign, hint, line: fieldOf(text), error } });
  }

  /** Closes the dialog or prompt that is open; whoever asked gets this. */
  answer(answer: Values | string | null): void {
    const question = this.#question;
    this.#question = undefined;
    if (!question) return;
    this.set({ overlay: null });
    question.resolve(answer);
  }

  /** Puts an open question aside, with what was typed into it, for another one that cannot wait. */
  suspend(): void {
    const { overlay } = this.#state;
    if (!this.#question || !overlay) return;
    this.#suspended = { overlay, resolve: this.#question.resolve };
    this.#question = undefined;
    this.set({ overlay: null });
  }

  /** Brings the question back that was put aside. */
  resume(): void {
    if (!this.#suspended || this.#question) return;
    this.#question = this.#suspended;
    this.#suspended = undefined;
    this.set({ overlay: this.#question.overlay });
  }

  #open<Answer>(overlay: Overlay): Promise<Answer | null> {
    // A second question replaces the first one, which counts as cancelled.
    this.answer(null);
    const { promise, resolve } = Promise.withResolvers<Answer | null>();
    this.#question = { overlay, resolve: resolve as Question["resolve"] };
    this.set({ overlay });
    return promise;
  }
}
