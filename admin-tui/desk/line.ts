/**
 * The line to the server: the live stream, and while that is shut, as some proxies shut WebSockets, questions every
 * few seconds over REST. It keeps the shell's link and gives every screen its news; it draws nothing.
 * @module
 */
import type { LiveEvent, LiveSource } from "../live.ts";
import type { Desk } from "./desk.ts";
import type { Screen } from "./screen.ts";
import type { Session } from "./session.ts";
import { POLL_MS } from "./shell_state.ts";

interface LineOptions {
  readonly desk: Desk;
  readonly live: LiveSource;
  readonly session: Pick<Session, "phase" | "end">;
  readonly screens: readonly Screen[];
  /** What stands in front is read again: nobody knows what was missed. */
  readonly refresh: () => void;
  /** Between two questions. @default POLL_MS */
  readonly pollMs?: number;
}

/** See {@link createLine}. */
export interface Line {
  /** Begins to listen, anew when it listens already. */
  open(): void;
  close(): void;
}

/** A server that comes back answers before its socket is there: only who answers again has a stream that is shut. */
const ANSWERS_BEFORE_POLLING = 2;

/** @returns The line, not open yet. */
export function createLine(options: LineOptions): Line {
  const { desk, live, session, screens, refresh, pollMs = POLL_MS } = options;
  const { api, shell, now } = desk;
  let hangUp: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the times that polling began or ended: an answer to a question of before is dropped. */
  let turn = 0;
  let isPolling = false;
  let answers = 0;

  function link(state: "up" | "polling" | "down"): void {
    shell.dispatch({ type: "link", state, now: now() });
  }

  function hear(event: LiveEvent): void {
    switch (event.type) {
      case "up": {
        const before = shell.get().link.state;
        stopPolling();
        link("up");
        if (before === "down" || before === "polling") {
          desk.say("ok", "Connected again");
          refresh();
        }
        return;
      }
      case "down":
        // One more attempt that failed while REST answers changes nothing.
        if (shell.get().link.state !== "polling") link("down");
        startPolling();
        return;
      case "closed":
        stopPolling();
        link("down");
        if (session.phase === "signed_in") session.end();
        return;
      case "stats":
        shell.dispatch({ type: "stats", stats: event.stats, now: now() });
    }
    for (const screen of screens) screen.onLive(event);
  }

  function startPolling(): void {
    if (isPolling) return;
    isPolling = true;
    answers = 0;
    void poll(++turn);
  }

  function stopPolling(): void {
    isPolling = false;
    turn++;
    clearTimeout(timer);
  }

  async function poll(mine: number): Promise<void> {
    try {
      // Whoever has to sign in again is asked for it once.
      const stats = session.phase === "signed_in" ? await api.stats() : undefined;
      if (mine !== turn) return;
      if (stats && ++answers >= ANSWERS_BEFORE_POLLING) await take({ type: "stats", stats }, mine);
    } catch {
      if (mine !== turn) return;
      answers = 0;
      link("down");
    }
    if (mine === turn) timer = setTimeout(() => void poll(mine), pollMs);
  }

  async function take(event: LiveEvent, mine: number): Promise<void> {
    if (shell.get().link.state !== "polling") {
      link("polling");
      desk.say("warn", `The live stream is shut: asking every ${pollMs / 1000} s instead`);
      refresh();
    }
    hear(event);
    for (const screen of screens) if (mine === turn) await screen.poll?.();
  }

  return {
    open() {
      hangUp?.();
      stopPolling();
      hangUp = live.open(hear);
    },
    close() {
      stopPolling();
      hangUp?.();
    },
  };
}
