/**
 * The dashboard in this process: fixed data instead of a server, a fixed clock, an emulated terminal. For snapshots
 * and for measuring; the stories run in a process of their own (terminal.ts).
 * @module
 */
import { EventEmitter } from "node:events";
import { Terminal } from "@xterm/headless";
import { render } from "ink";
import { anchored } from "../../admin-tui/anchor.ts";
import type { Api } from "../../admin-tui/api.ts";
import { App } from "../../admin-tui/app.tsx";
import { createDashboard, type Dashboard } from "../../admin-tui/dashboard.ts";
import type { Session } from "../../admin-tui/desk/session.ts";
import type { LiveEvent } from "../../admin-tui/live.ts";
import { createPaint } from "../../admin-tui/paint.ts";
import type { ReportRow } from "../../admin-tui/wire.ts";
import { REPORT_REASONS } from "../../server/protocol/models.ts";
import { eventually } from "../harness/eventually.ts";

/** What every clock of a stage says. */
export const STAGE_NOW = Date.parse("2026-01-15T12:00:00.000Z");

/** A dashboard on a stage. */
export interface Stage extends AsyncDisposable {
  readonly dashboard: Dashboard;
  press(...keys: string[]): void;
  tell(event: LiveEvent): void;
  screen(): string;
  shows(pattern: RegExp): Promise<string>;
  /** Resolves with the next frame. */
  frame(): Promise<void>;
}

interface StageOptions {
  readonly columns: number;
  readonly rows: number;
  readonly reports: readonly ReportRow[];
  /** Without an emulator, whose work is not ours: for measuring. */
  readonly isBlind?: boolean;
}

/** Somebody who was reported, the same for the same number. */
export function reportRow(index: number): ReportRow {
  const id = `01980000-0000-7000-8000-${String(index).padStart(12, "0")}`;
  const created = new Date(STAGE_NOW - (index + 1) * 7 * 60_000).toISOString();
  return {
    id,
    reason: REPORT_REASONS[index % REPORT_REASONS.length] ?? "other",
    status: "pending",
    priority: 1,
    created_at: created,
    updated_at: created,
    due_at: new Date(STAGE_NOW + (index - 2) * 40 * 60_000).toISOString(),
    overdue: index < 2,
    reporter: { id, name: `Reporter ${index}` },
    reported: {
      id,
      name: index % 7 === 3 ? `世界 ${index} Ünal` : `person_${index}`,
      profile_photos: [],
      is_online: false,
      last_active: null,
      role: "user",
      joined_at: "2025-12-01T12:00:00.000Z",
      muted_until: null,
      suspended_until: null,
      banned: false,
    },
    reporter_count: 1 + (index % 4),
    other_open: 0,
    prior_reports: index % 3,
    claim: index === 1 ? { by: { id: "ben", name: "ben" }, until: "2026-01-15T12:09:00.000Z" } : null,
    resolution: null,
    evidence_count: 2,
    note_count: 0,
  };
}

class Screen extends EventEmitter {
  readonly isTTY = true;
  constructor(
    readonly columns: number,
    readonly rows: number,
    readonly draw: (text: string) => void,
  ) {
    super();
  }
  write(text: string, ...rest: unknown[]): boolean {
    this.draw(text);
    for (const done of rest) if (typeof done === "function") done();
    return true;
  }
}

class Keyboard extends EventEmitter {
  readonly isTTY = true;
  setRawMode(): void {}
  setEncoding(): void {}
  ref(): void {}
  unref(): void {}
  read(): null {
    return null;
  }
}

/** Draws the dashboard. */
export async function openStage({ columns, rows, reports, isBlind = false }: StageOptions): Promise<Stage> {
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
  const never = () => new Promise<never>(() => {});
  const page = async () => ({ rows: [], cursor: null });
  const api = {
    profile: async () => ({ id: "me", name: "ana", role: "moderator" }),
    stats: never,
    reports: { list: async () => ({ rows: reports, cursor: null }), show: never },
    blocks: { list: page, show: never },
    users: { search: page, awaiting: page, show: never },
    audit: { list: page },
  } as unknown as Api;
  let tell: (event: LiveEvent) => void = () => {};
  const dashboard = createDashboard({
    api,
    session: { phase: "signed_in" } as unknown as Session,
    live: {
      open(listener) {
        tell = listener;
        listener({ type: "up" });
        return () => {};
      },
    },
    size: { columns, rows },
    isReadonly: false,
    place: "prod-eu",
    now: () => STAGE_NOW,
    onQuit: () => {},
  });
  let drawn = Promise.withResolvers<void>();
  const draw = isBlind ? () => {} : (text: string) => terminal.write(text);
  const instance = render(<App dashboard={dashboard} paint={createPaint({ colors: true })} />, {
    stdout: anchored(new Screen(columns, rows, draw) as unknown as NodeJS.WriteStream),
    stdin: new Keyboard() as unknown as NodeJS.ReadStream,
    interactive: true,
    alternateScreen: true,
    incrementalRendering: true,
    patchConsole: false,
    exitOnCtrlC: false,
    maxFps: 10_000,
    onRender: () => drawn.resolve(),
  });
  dashboard.start();
  const screen = () => {
    const { active } = terminal.buffer;
    return Array.from({ length: rows }, (_, y) => active.getLine(y)?.translateToString(true) ?? "").join(
      "\n",
    );
  };
  const { store } = dashboard.screens.reports;
  await eventually(() => store.get().list.phase === "ready", { what: "the reports" });
  return {
    dashboard,
    screen,
    press: (...keys) => {
      for (const key of keys) dashboard.press({ key, ...([...key].length === 1 && { text: key }) });
    },
    tell: (event) => tell(event),
    shows: async (pattern) => {
      await eventually(() => pattern.test(screen()), { what: `${pattern} on\n${screen()}` });
      return screen();
    },
    frame() {
      drawn = Promise.withResolvers();
      return drawn.promise;
    },
    async [Symbol.asyncDispose]() {
      instance.unmount();
      await dashboard.close();
      terminal.dispose();
    },
  };
}
