/**
 * The whole dashboard without a terminal: desk, screens, keys, the live stream, signing in. launch.ts gives it a
 * screen, tests press its keys.
 * @module
 */
import type { Api } from "./api.ts";
import { helpHidden } from "./components/dialog_view.ts";
import { createDesk, type Desk } from "./desk/desk.ts";
import { pressDialog } from "./desk/dialog_state.ts";
import { createLine } from "./desk/line.ts";
import { editLine } from "./desk/line_edit.ts";
import type { Press } from "./desk/press.ts";
import type { Screen } from "./desk/screen.ts";
import { requireStaff, type Session } from "./desk/session.ts";
import { type Overlay, SCREENS, type ScreenName } from "./desk/shell_state.ts";
import { createSignIn } from "./desk/sign_in.ts";
import { type ActionIn, actionOf, type Context } from "./keys.ts";
import type { Size } from "./layout.ts";
import type { LiveSource } from "./live.ts";
import { createAudit } from "./screens/audit/commands.ts";
import { createBlocks } from "./screens/blocks/commands.ts";
import { createLive } from "./screens/live/commands.ts";
import { createReports } from "./screens/reports/commands.ts";
import { createUsers } from "./screens/users/commands.ts";

/** What the dashboard is made of. */
export interface DashboardOptions {
  readonly api: Api;
  readonly session: Session;
  readonly live: LiveSource;
  readonly size: Size;
  readonly isReadonly: boolean;
  readonly place: string;
  readonly now?: () => number;
  readonly copy?: (text: string) => void;
  /** Somebody pressed q, or Ctrl-C, which a terminal that is read key by key no longer turns into a signal. */
  readonly onQuit: (how?: "interrupted") => void;
}

/** See {@link createDashboard}. */
export type Dashboard = ReturnType<typeof createDashboard>;

const PROMPT_LIMIT = 500;
/** The clock on the screen is never older than two turns, ms. */
const QUIET_MS = 900;
/** Others wait for the claims that are given back; the moderator waits for this not longer than this, ms. */
const CLOSE_MS = 1_000;

/** @returns The dashboard; `start` brings it to life. */
export function createDashboard(options: DashboardOptions) {
  const { api, session, live, isReadonly, place, size, onQuit, now = Date.now, copy = () => {} } = options;
  const desk: Desk = createDesk({ api, session: session.phase, size, isReadonly, place, now, copy });
  const { shell } = desk;
  const signIn = createSignIn({ desk, session, onSignedIn: () => void connect(), onGiveUp: onQuit });
  const users = createUsers(desk);
  const reports = createReports({
    desk,
    showPerson(id) {
      shell.dispatch({ type: "went", screen: "users" });
      users.showPerson(id);
    },
  });
  const byName = {
    reports,
    blocks: createBlocks(desk),
    live: createLive(desk),
    users,
    audit: createAudit(desk),
  };
  const screens: readonly Screen[] = Object.values(byName);
  const line = createLine({ desk, live, session, screens, refresh: () => front().refresh() });
  let clock: ReturnType<typeof setInterval> | undefined;
  const early: Press[] = [];
  let isAnswered = false;

  function front(): Screen {
    return byName[shell.get().screen];
  }

  function go(screen: ScreenName): void {
    shell.dispatch({ type: "went", screen });
    if (session.phase === "signed_in") front().enter();
  }

  /** Signed in: who that is, the stream, and what stands in front. */
  async function connect(): Promise<void> {
    try {
      shell.dispatch({ type: "session", phase: session.phase });
      const me = requireStaff(await api.profile());
      shell.dispatch({ type: "identified", me });
    } catch (error) {
      desk.tell("Cannot sign in", error);
    }
    if (session.phase !== "signed_in") return;
    line.open();
    front().refresh();
    void api.stats().then(
      (stats) => shell.dispatch({ type: "stats", stats, now: now() }),
      () => {},
    );
  }

  const anywhere: Readonly<Record<ActionIn<"anywhere">, () => unknown>> = {
    reportsScreen: () => go("reports"),
    blocksScreen: () => go("blocks"),
    liveScreen: () => go("live"),
    usersScreen: () => go("users"),
    auditScreen: () => go("audit"),
    refresh: () => (session.phase === "signed_in" ? front().refresh() : signIn.open()),
    help: () => shell.dispatch({ type: "overlay", overlay: { kind: "help", scroll: 0 } }),
    quit: onQuit,
    command: () => askCommand(),
  };

  async function askCommand(text = "", error?: string): Promise<void> {
    const hint =
      "an id, a row number, reports, blocks, live, users <name>, audit, sort <order>, filter <words>, quit";
    const answer = await desk.prompt({ sign: ":", hint, text, error });
    if (answer === null || answer.trim() === "") return;
    const problem = run(answer.trim());
    if (problem) await askCommand(answer, problem);
  }

  /** @returns What is wrong with the command, or null. */
  function run(command: string): string | null {
    const [name = "", ...words] = command.split(/\s+/);
    if (name === "q" || name === "quit") {
      onQuit();
      return null;
    }
    const own = front().command?.(name, words.join(" "));
    if (own !== undefined) return own;
    const screen = SCREENS.find((known) => known === name);
    if (!screen) return `there is no command ${name}`;
    go(screen);
    if (words.length > 0) return front().command?.("filter", words.join(" ")) ?? null;
    return null;
  }

  /** The contexts that keys have a meaning in now, the nearest first. */
  function contexts(): Context[] {
    const { keys } = front();
    return [...(Object.keys(keys) as Context[]), "anywhere"];
  }

  function press(key: Press): void {
    if (key.key === "ctrl+c") {
      onQuit("interrupted");
      return;
    }
    // What was answered acts first: a key typed right behind `:R-8F31A2` must not mean the report before it.
    if (isAnswered) {
      early.push(key);
      return;
    }
    const { overlay, layout } = shell.get();
    if (layout.isTooSmall && !overlay && key.key !== "q") return;
    if (overlay) pressOverlay(overlay, key);
    else act(key);
    if (overlay && !shell.get().overlay) afterAnswer();
  }

  /** Whoever asked goes on in a microtask; keys that came meanwhile come then. */
  function afterAnswer(): void {
    isAnswered = true;
    setImmediate(() => {
      isAnswered = false;
      for (const key of early.splice(0)) press(key);
    });
  }

  function act({ key }: Press): void {
    const found = actionOf(key, contexts());
    if (!found) return;
    const handlers: Readonly<Record<string, () => unknown>> =
      found.in === "anywhere" ? anywhere : (front().keys[found.in] ?? {});
    handlers[found.action]?.();
  }

  function pressOverlay(overlay: Overlay, key: Press): void {
    switch (overlay.kind) {
      case "help":
        pressHelp(overlay.scroll, key);
        return;
      case "dialog": {
        const step = pressDialog(overlay.dialog, key);
        if (step.kind === "stay")
          shell.dispatch({ type: "overlay", overlay: { kind: "dialog", dialog: step.state } });
        else desk.answer(step.kind === "confirmed" ? step.values : null);
        return;
      }
      case "prompt": {
        const { prompt } = overlay;
        const edited = editLine(prompt.line, key, PROMPT_LIMIT);
        if (key.key === "escape") desk.answer(null);
        else if (key.key === "enter") desk.answer(prompt.line.text);
        else if (edited)
          shell.dispatch({
            type: "overlay",
            overlay: { kind: "prompt", prompt: { ...prompt, line: edited, error: undefined } },
          });
      }
    }
  }

  function pressHelp(scroll: number, { key }: Press): void {
    const by = { j: 1, down: 1, k: -1, up: -1, pagedown: 10, space: 10, pageup: -10 }[key];
    // Stopping at the end: the way back begins with the first key.
    const to = by === undefined ? 0 : Math.max(0, Math.min(helpHidden(shell.get().layout), scroll + by));
    shell.dispatch({ type: "overlay", overlay: by === undefined ? null : { kind: "help", scroll: to } });
  }

  return {
    desk,
    screens: byName,
    contexts,
    press,

    /** Signs in if need be, loads, listens. */
    start(): void {
      clock = setInterval(() => {
        // The numbers move the clock as well: one frame a second is enough.
        if (now() - shell.get().now >= QUIET_MS) shell.dispatch({ type: "ticked", now: now() });
        for (const screen of screens) screen.turn?.();
      }, 1_000);
      if (session.phase === "signed_in") void connect();
      else signIn.open();
    },

    /** The session's phase has changed. */
    onPhase(phase: Session["phase"]): void {
      shell.dispatch({ type: "session", phase });
      if (phase === "expired") signIn.open();
    },

    resize(to: Size): void {
      shell.dispatch({ type: "resized", size: to });
    },

    /** Gives back what others wait for, and hangs up. */
    async close(): Promise<void> {
      clearInterval(clock);
      const late = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS));
      await Promise.race([Promise.all(screens.map((screen) => screen.close?.())), late]);
      line.close();
    },
  };
}
