/**
 * The admin API in memory: lists that a test gives, claims and decisions as the real server makes them, and a note of
 * every call. What it says can be replaced by the call, to refuse or to wait.
 * @module
 */
import type { Api } from "../../admin-tui/api.ts";
import type { BlockRow, PersonRow, ReportRow, ResolveBody, SanctionRow } from "../../admin-tui/wire.ts";
import { ANA, blockDetail, dossier, reportDetail, sanction } from "./fixtures.ts";

/** One call that was made. */
export interface Call {
  /** `reports.claim` */
  readonly name: string;
  readonly args: readonly unknown[];
}

/** What the server has. */
export interface ServerData {
  readonly reports?: readonly ReportRow[];
  readonly blocks?: readonly BlockRow[];
  readonly people?: readonly PersonRow[];
  /** Bans that wait for a second person. */
  readonly waiting?: readonly SanctionRow[];
}

/** Answers in place of the usual ones, by name. */
export type Answers = Readonly<Record<string, (...args: never[]) => unknown>>;

/** See {@link createMemoryServer}. */
export interface MemoryServer {
  readonly api: Api;
  /** Every call, the oldest first. */
  readonly calls: readonly Call[];
  /** Names of the calls that change something. */
  changes(): string[];
  /** Answers differently from now on. */
  answer(answers: Answers): void;
  report(id: string): ReportRow;
  /** Somebody else changes a report. */
  change(id: string, facts: Partial<ReportRow>): void;
}

interface MemoryServerOptions extends ServerData {
  readonly answers?: Answers;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const LEASE_MS = 10 * 60_000;
const READS = /^(profile|stats|ping|[a-z]+\.(list|show|search|awaiting))$/;

/** @returns The server. */
export function createMemoryServer({ answers = {}, now, ...data }: MemoryServerOptions): MemoryServer {
  const reports = new Map((data.reports ?? []).map((row) => [row.id, row]));
  const { blocks = [], people = [], waiting = [] } = data;
  const calls: Call[] = [];
  let replaced: Answers = answers;

  function change(id: string, facts: Partial<ReportRow>): ReportRow {
    const row = { ...report(id), ...facts };
    reports.set(id, row);
    return row;
  }

  function report(id: string): ReportRow {
    const row = reports.get(id);
    if (!row) throw new Error(`There is no report ${id}`);
    return row;
  }

  const until = () => new Date(now() + LEASE_MS).toISOString();
  const page = <Row>(rows: readonly Row[]) => ({ rows, cursor: null });
  const block = (id: string) => blocks.find((row) => row.id === id)!;

  const usual: Answers = {
    profile: () => ({ ...ANA, role: "moderator" }),
    stats: () => new Promise(() => {}),
    ping: () => new Promise(() => {}),
    "reports.list": () => page([...reports.values()]),
    "reports.show": (id: string, { reveal }: { reveal: boolean }) => reportDetail(report(id), { reveal }),
    "reports.claim": (id: string) => change(id, { status: "reviewed", claim: { by: ANA, until: until() } }),
    "reports.release": (id: string) => change(id, { claim: null }),
    "reports.note": (_: string, text: string) => ({ id: "note", author: ANA, text }),
    "reports.resolve": (id: string, { decision, action, reason }: ResolveBody) => ({
      report: change(id, {
        status: decision,
        claim: null,
        resolution: { action, reason, by: ANA, at: new Date(now()).toISOString() },
      }),
      sanction: null,
    }),
    "reports.undo": (id: string) => ({
      report: change(id, { status: "reviewed", resolution: null, claim: { by: ANA, until: until() } }),
      lifted: [],
    }),
    "blocks.list": () => page(blocks),
    "blocks.show": (id: string) => blockDetail(block(id)),
    "blocks.lift": () => ({}),
    "blocks.uphold": (id: string) =>
      blockDetail(block(id), { upheld: { by: ANA, at: new Date(now()).toISOString() } }),
    "users.search": () => page(people),
    "users.show": (id: string) => dossier(people.find((row) => row.id === id) ?? { id, name: "somebody" }),
    "users.sanction": () => sanction(),
    "users.lift": () => sanction({ state: "lifted" }),
    "users.confirm": () => sanction({ kind: "ban", permanent: true }),
    "users.awaiting": () => page(waiting),
    "audit.list": () => page([]),
  };

  const call =
    (name: string) =>
    async (...args: never[]) => {
      calls.push({ name, args });
      return await (replaced[name] ?? usual[name])?.(...args);
    };
  const api: Record<string, unknown> = {};
  for (const name of Object.keys(usual)) {
    const [group = "", method] = name.split(".");
    if (method === undefined) api[group] = call(name);
    else api[group] = { ...(api[group] as object | undefined), [method]: call(name) };
  }

  return {
    api: api as unknown as Api,
    calls,
    changes: () => calls.map(({ name }) => name).filter((name) => !READS.test(name)),
    answer(more) {
      replaced = { ...replaced, ...more };
    },
    report,
    change: (id, facts) => void change(id, facts),
  };
}
