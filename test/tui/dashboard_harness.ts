/**
 * The dashboard without a terminal: keys in, state out, a server in memory and a clock that only moves when told.
 * @module
 */
import { Dashboard } from "../../admin-tui/dashboard.ts";
import type { Session, SessionPhase } from "../../admin-tui/desk/session.ts";
import { type Group, type Toast, ticked } from "../../admin-tui/desk/state.ts";
import type { Size } from "../../admin-tui/layout.ts";
import type { LiveEvent } from "../../admin-tui/live_stream.ts";
import { eventually } from "../harness/eventually.ts";
import { FIXED_NOW } from "./fixtures.ts";
import { type Answers, createMemoryServer, type MemoryServer, type ServerData } from "./memory_server.ts";

/** See {@link startDashboard}. */
export interface RunningDashboard extends AsyncDisposable {
  readonly dashboard: Dashboard;
  readonly server: MemoryServer;
  /** Names of keys as the key table has them; a longer text is typed. */
  press(...keys: string[]): void;
  /** Types a text, character by character. */
  type(text: string): void;
  tell(event: LiveEvent): void;
  /** The session is another from now on. */
  become(phase: SessionPhase): void;
  /** Lets time pass, ms: clocks only, nothing waits. */
  pass(ms: number): void;
  /** The message at the bottom. */
  message(): Toast | null;
  /** Resolves when the message at the bottom fits. */
  says(pattern: RegExp): Promise<void>;
  /** The title of the dialog in front, if one is there. */
  dialog(): string | undefined;
  /** Resolves when a dialog of this title is in front. */
  asks(pattern: RegExp): Promise<void>;
  /** What was put on the clipboard, the oldest first. */
  readonly copied: readonly string[];
  /** Links that were opened in the browser, the oldest first. */
  readonly openedLinks: readonly string[];
  /** How often somebody quit. */
  readonly quits: () => number;
}

/** How a {@link RunningDashboard} starts. */
export interface HarnessOptions extends ServerData {
  readonly size?: Size;
  readonly answers?: Answers;
  readonly isReadonly?: boolean;
  readonly session?: SessionPhase;
  /** What a row of the queue stands for. @default report */
  readonly group?: Group;
  /** There is no browser. */
  readonly hasNoBrowser?: boolean;
  /** Returns at once, without waiting for the reports. */
  readonly isEarly?: boolean;
}

/** Starts, and waits for the reports. */
export async function startDashboard(options: HarnessOptions = {}): Promise<RunningDashboard> {
  const {
    size = { columns: 100, rows: 30 },
    isReadonly = false,
    isEarly = false,
    group = "report",
  } = options;
  const session = { phase: options.session ?? "signed_in" };
  let clock = FIXED_NOW;
  const server = createMemoryServer({ ...options, now: () => clock });
  let tell: (event: LiveEvent) => void = () => {};
  const copied: string[] = [];
  const openedLinks: string[] = [];
  let quits = 0;
  const dashboard = new Dashboard({
    api: server.api,
    session: session as unknown as Session,
    stream: {
      open(listener) {
        tell = listener;
        listener({ type: "up" });
        return () => {};
      },
    },
    size,
    isReadonly,
    place: "prod-eu",
    group,
    now: () => clock,
    copy: (text) => void copied.push(text),
    openLink: async (link) => !options.hasNoBrowser && openedLinks.push(link) > 0,
    onQuit: () => void quits++,
  });
  const { desk } = dashboard;
  dashboard.start();
  if (session.phase === "signed_in" && !isEarly) {
    const list = group === "person" ? "people" : "reports";
    await eventually(() => desk.state.lists[list].rows.phase === "ready", { what: "the queue" });
  }
  const dialog = () => {
    const { overlay } = desk.state;
    return overlay?.kind === "dialog" ? overlay.dialog.spec.title : undefined;
  };
  const press = (key: string) =>
    dashboard.press({ key, ...(key === "space" ? { text: " " } : [...key].length === 1 && { text: key }) });
  return {
    dashboard,
    server,
    copied,
    openedLinks,
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
      desk.update((state) => ticked(state, clock));
    },
    message: () => desk.state.toast,
    says: async (pattern) => {
      const isSaid = () => pattern.test(desk.state.toast?.text ?? "");
      await eventually(isSaid, { what: `${pattern}` }).catch((error: Error) => {
        throw new Error(`${error.message}; it says ${desk.state.toast?.text}`);
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
