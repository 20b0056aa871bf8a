/**
 * The dashboard without a terminal: keys in, state out, a server in memory and a clock that only moves when told.
 * @module
 */
import { createDashboard, type Dashboard } from "../../admin-tui/dashboard.ts";
import type { Session, SessionPhase } from "../../admin-tui/desk/session.ts";
import type { Toast } from "../../admin-tui/desk/shell_state.ts";
import type { Size } from "../../admin-tui/layout.ts";
import type { LiveEvent } from "../../admin-tui/live.ts";
import { eventually } from "../harness/eventually.ts";
import { type Answers, createFakeServer, type FakeData, type FakeServer } from "./fake_server.ts";
import { STAGE_NOW } from "./fixtures.ts";

/** See {@link rehearse}. */
export interface Rehearsal extends AsyncDisposable {
  readonly dashboard: Dashboard;
  readonly server: FakeServer;
  /** Names of keys as the key table has them; a longer text is typed. */
  press(...keys: string[]): void;
  /** Types a text, character by character. */
  type(text: string): void;
  tell(event: LiveEvent): void;
  /** The session is another from now on. */
  become(phase: SessionPhase): void;
  /** Lets time pass, ms: clocks only, nothing waits. */
  pass(ms: number): void;
  /** The word at the bottom. */
  word(): Toast | null;
  /** Resolves when the word at the bottom fits. */
  says(pattern: RegExp): Promise<void>;
  /** The title of the dialog in front, if one is there. */
  dialog(): string | undefined;
  /** Resolves when a dialog of this title is in front. */
  asks(pattern: RegExp): Promise<void>;
  /** What was put on the clipboard, the oldest first. */
  readonly copied: readonly string[];
  /** How often somebody quit. */
  readonly quits: () => number;
}

/** How a {@link Rehearsal} begins. */
export interface RehearsalOptions extends FakeData {
  readonly size?: Size;
  readonly answers?: Answers;
  readonly isReadonly?: boolean;
  readonly session?: SessionPhase;
  /** Begins at once, without waiting for the reports. */
  readonly isEarly?: boolean;
}

/** Begins, and waits for the reports. */
export async function rehearse(options: RehearsalOptions = {}): Promise<Rehearsal> {
  const { size = { columns: 100, rows: 30 }, isReadonly = false, isEarly = false } = options;
  const session = { phase: options.session ?? "signed_in" };
  let clock = STAGE_NOW;
  const server = createFakeServer({ ...options, now: () => clock });
  let tell: (event: LiveEvent) => void = () => {};
  const copied: string[] = [];
  let quits = 0;
  const dashboard = createDashboard({
    api: server.api,
    session: session as unknown as Session,
    live: {
      open(listener) {
        tell = listener;
        listener({ type: "up" });
        return () => {};
      },
    },
    size,
    isReadonly,
    place: "prod-eu",
    now: () => clock,
    copy: (text) => void copied.push(text),
    onQuit: () => void quits++,
  });
  const { shell } = dashboard.desk;
  dashboard.start();
  if (session.phase === "signed_in" && !isEarly) {
    const { store } = dashboard.screens.reports;
    await eventually(() => store.get().list.phase === "ready", { what: "the reports" });
  }
  const dialog = () => {
    const { overlay } = shell.get();
    return overlay?.kind === "dialog" ? overlay.dialog.spec.title : undefined;
  };
  const press = (key: string) =>
    dashboard.press({ key, ...(key === "space" ? { text: " " } : [...key].length === 1 && { text: key }) });
  return {
    dashboard,
    server,
    copied,
    press: (...keys) => keys.forEach(press),
    type(text) {
      for (const character of text) press(character === " " ? "space" : character);
    },
    tell: (event) => tell(event),
    become(phase) {
      session.phase = phase;
      dashboard.onPhase(phase);
    },
    pass(ms) {
      clock += ms;
      shell.dispatch({ type: "ticked", now: clock });
    },
    word: () => shell.get().toast,
    says: async (pattern) => {
      const isSaid = () => pattern.test(shell.get().toast?.text ?? "");
      await eventually(isSaid, { what: `${pattern}` }).catch((error: Error) => {
        throw new Error(`${error.message}; it says ${shell.get().toast?.text}`);
      });
    },
    dialog,
    asks: async (pattern) =>
      void (await eventually(() => pattern.test(dialog() ?? ""), { what: `a dialog ${pattern}` })),
    quits: () => quits,
    async [Symbol.asyncDispose]() {
      await dashboard.close();
    },
  };
}
