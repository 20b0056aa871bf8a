/**
 * The dashboard without a terminal: state, screens, keys, connection and sign-in. tui.tsx draws it, tests press its
 * keys.
 * @module
 */
import type { Api } from "./api.ts";
import { Connection, type Listener } from "./desk/connection.ts";
import { Desk } from "./desk/desk.ts";
import type { KeyPress } from "./desk/key_press.ts";
import { requireStaff, type Session } from "./desk/session.ts";
import { SignIn } from "./desk/sign_in.ts";
import {
  type Group,
  type Overlay,
  SCREENS,
  type ScreenName,
  type State,
  ticked,
  withStats,
} from "./desk/state.ts";
import { drawFrame, type Frame } from "./frame/frame.ts";
import { pressOverlay } from "./frame/overlay_keys.ts";
import { actionOf } from "./key_help.ts";
import type { ActionIn, Context } from "./keys.ts";
import { layoutOf, type Size } from "./layout.ts";
import type { LiveStream } from "./live_stream.ts";
import type { OpenLink } from "./opener.ts";
import { createScreens } from "./screens/all.ts";
import type { Screen } from "./screens/screen.ts";

/** What the dashboard is made of. */
export interface DashboardOptions {
  readonly api: Api;
  readonly session: Session;
  readonly stream: LiveStream;
  readonly size: Size;
  readonly isReadonly: boolean;
  readonly place: string;
  readonly group?: Group | undefined;
  readonly now?: () => number;
  readonly copy?: (text: string) => void;
  readonly openLink?: OpenLink;
  /** Somebody pressed q, or Ctrl-C, which is a key like any other while the terminal is in raw mode. */
  readonly onQuit: (how?: "interrupted") => void;
}

const COMMAND_HINT =
  "an id, a row number, reports, blocks, live, users <name>, audit, appeals, sort <order>, filter <words>, quit";
/** The numbers of every second move the clock as well: only without them it is moved here, ms. */
const QUIET_MS = 900;
/** How long the end waits for claims to be released, ms. */
const CLOSE_MS = 1_000;

export class Dashboard {
  readonly desk: Desk;
  readonly screens;
  readonly #options: DashboardOptions;
  readonly #signIn: SignIn;
  readonly #connection: Connection;
  readonly #anywhere: Readonly<Record<ActionIn<"anywhere">, () => unknown>>;
  #clock: ReturnType<typeof setInterval> | undefined;
  /** Keys that were pressed while the answer before them was not acted on yet. */
  readonly #early: KeyPress[] = [];
  #isAnswered = false;

  constructor(options: DashboardOptions) {
    const { session, stream, onQuit } = options;
    this.#options = options;
    this.desk = new Desk({ ...options, session: session.phase });
    this.screens = createScreens(this.desk);
    this.#signIn = new SignIn({
      desk: this.desk,
      session,
      onSignedIn: () => void this.#connect(),
      onGiveUp: onQuit,
    });
    const listeners: Listener[] = [
      ...Object.values(this.screens),
      { onReconnect: () => this.#front.refresh() },
    ];
    this.#connection = new Connection({ desk: this.desk, stream, session, listeners });
    this.#anywhere = {
      reportsScreen: () => this.#go("reports"),
      blocksScreen: () => this.#go("blocks"),
      liveScreen: () => this.#go("live"),
      usersScreen: () => this.#go("users"),
      auditScreen: () => this.#go("audit"),
      appealsScreen: () => this.#go("appeals"),
      refresh: () => (session.phase === "signed_in" ? this.#front.refresh() : this.#signIn.open()),
      help: () => this.desk.set({ overlay: { kind: "help", scroll: 0 } }),
      quit: onQuit,
      command: () => this.#askCommand(),
    };
  }

  /** Signs in if need be, loads, listens. */
  start(): void {
    const { desk } = this;
    this.#clock = setInterval(() => {
      if (desk.now() - desk.state.now >= QUIET_MS) desk.update((state) => ticked(state, desk.now()));
      this.#connection.measure();
      for (const screen of Object.values<Screen>(this.screens)) screen.tick?.();
    }, 1_000);
    if (this.#options.session.phase === "signed_in") void this.#connect();
    else this.#signIn.open();
  }

  /** The session's phase has changed. */
  onPhase(phase: Session["phase"]): void {
    this.desk.set({ session: phase });
    if (phase === "expired") this.#signIn.open();
  }

  resize(size: Size): void {
    this.desk.set({ layout: layoutOf(size) });
  }

  /** Releases claims, and closes the connection. */
  async close(): Promise<void> {
    clearInterval(this.#clock);
    const late = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS));
    const screens = Object.values<Screen>(this.screens);
    await Promise.race([Promise.all(screens.map((screen) => screen.close?.())), late]);
    this.#connection.close();
  }

  /** For React. */
  readonly subscribe = (listener: () => void): (() => void) => this.desk.subscribe(listener);
  readonly getState = (): State => this.desk.state;

  draw(): Frame {
    const { place, isReadonly } = this.desk;
    const front = this.#front;
    const { overlay } = this.desk.state;
    const screenContexts = this.#screenContexts();
    const asking = overlay && overlay.kind !== "help" ? contextOf(overlay) : undefined;
    const contexts = asking ? [asking] : screenContexts;
    return drawFrame(this.desk.state, { place, isReadonly, front, screenContexts, contexts });
  }

  press(key: KeyPress): void {
    if (key.key === "ctrl+c") {
      this.#options.onQuit("interrupted");
      return;
    }
    // What was answered acts first: a key typed right behind `:R-8F31A2` must not act on the report before it.
    if (this.#isAnswered) {
      this.#early.push(key);
      return;
    }
    const { overlay, layout } = this.desk.state;
    if (layout.isTooSmall && !overlay && key.key !== "q") return;
    if (overlay) pressOverlay(this.desk, overlay, { key, contexts: this.#screenContexts() });
    else this.#act(key);
    if (overlay && !this.desk.state.overlay) this.#afterAnswer();
  }

  get #front(): Screen {
    return this.screens[this.desk.state.screen];
  }

  /** The contexts of the screen in front, the nearest first. */
  #screenContexts(): Context[] {
    return [...(Object.keys(this.#front.keys) as Context[]), "anywhere"];
  }

  #go(screen: ScreenName): void {
    this.desk.set({ screen });
    if (this.#options.session.phase === "signed_in") this.#front.enter();
  }

  /** Signed in: who that is, the stream, and the screen in front. */
  async #connect(): Promise<void> {
    const { desk } = this;
    const { api, session } = this.#options;
    try {
      desk.set({ session: session.phase });
      desk.set({ me: requireStaff(await api.profile()) });
    } catch (error) {
      const { kind, text } = desk.tell("Cannot sign in", error);
      // Somebody who is not of the staff can sign in as somebody else.
      if (kind === "refused") this.#signIn.instead(text);
    }
    if (session.phase !== "signed_in") return;
    this.#connection.open();
    this.#front.refresh();
    for (const screen of Object.values<Screen>(this.screens)) screen.onReconnect?.();
    api.stats().then(
      (stats) => desk.update((state) => withStats(state, stats, desk.now())),
      () => {},
    );
  }

  async #askCommand(text = "", error?: string): Promise<void> {
    const answer = await this.desk.prompt({ sign: ":", hint: COMMAND_HINT, text, ...(error && { error }) });
    if (answer === null || answer.trim() === "") return;
    const problem = this.#run(answer.trim());
    if (problem) await this.#askCommand(answer, problem);
  }

  /** @returns What is wrong with the command, or null. */
  #run(command: string): string | null {
    const [name = "", ...words] = command.split(/\s+/);
    if (name === "q" || name === "quit") {
      this.#options.onQuit();
      return null;
    }
    const own = this.#front.command?.(name, words.join(" "));
    if (own !== undefined) return own;
    const screen = SCREENS.find((known) => known === name);
    if (!screen) return `there is no command ${name}`;
    this.#go(screen);
    if (words.length > 0) return this.#front.command?.("filter", words.join(" ")) ?? null;
    return null;
  }

  #act({ key }: KeyPress): void {
    const found = actionOf(key, this.#screenContexts());
    if (!found) return;
    const handlers: Readonly<Record<string, () => unknown>> =
      found.in === "anywhere" ? this.#anywhere : (this.#front.keys[found.in] ?? {});
    handlers[found.action]?.();
  }

  /** Whoever asked goes on in a microtask; keys that came meanwhile act after that. */
  #afterAnswer(): void {
    this.#isAnswered = true;
    setImmediate(() => {
      this.#isAnswered = false;
      for (const key of this.#early.splice(0)) this.press(key);
    });
  }
}

/** Where keys go while something is asked. */
function contextOf(overlay: Exclude<Overlay, { kind: "help" }>): Context {
  if (overlay.kind === "prompt") return "prompt";
  return overlay.dialog.focus < overlay.dialog.fields.length ? "dialog" : "button";
}
