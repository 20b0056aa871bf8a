/**
 * A row of the reliability table, and its usual form: something breaks while people talk, and `vibes load run --verify`
 * decides. What breaks is in rows/.
 * @module
 */
import type { Report } from "../../cli/load/report_shape.ts";
import { eventually } from "../harness/eventually.ts";
import { beginTalk, type Judged, judgeTalk, type TalkOptions } from "./judge.ts";
import type { Outcome } from "./outcome.ts";
import { arrive, countGhosts } from "./presence.ts";
import type { Topology, World } from "./world.ts";

/** One row. */
export interface Row {
  readonly name: string;
  /** Deployments that it breaks; it is run on each of them. */
  readonly on: readonly Topology[];
  /** How long the fault lasts in the long form when nobody says, ms. @default 5000 */
  readonly holdMs?: number;
  /** Left out of the short form: another row or test is near enough. */
  readonly longOnly?: boolean;
  run(world: World, scale: Scale): Promise<Outcome>;
}

/** How large a run is. */
export interface Scale {
  /** How long a part is away, ms. */
  readonly holdMs: number;
  /** Of people who talk, each with two devices. */
  readonly pairs: number;
  /** Messages a second, of all of them. */
  readonly rate: number;
  /**
   * How long people go on afterwards, ms: somebody who was lost is called offline after 10 s. Above 0 somebody leaves
   * in the middle of the fault, too, and nobody may be online when everybody has gone.
   */
  readonly watchMs: number;
}

/** What a fault may do besides breaking things. */
export interface Fault extends Scale {
  readonly world: World;
  /** To be called when it is broken. */
  broken(): void;
  /** What broke a promise. */
  blame(problem: string): void;
  /** A figure for the row's line. */
  note(figure: string): void;
}

/** A row under people who talk. */
export interface TalkRow extends Pick<Row, "name" | "holdMs" | "longOnly">, TalkOptions {
  /** @default the deployment with one Redis */
  readonly on?: readonly Topology[];
  /** Longest time without a confirmation, beyond the fault's own, ms. @default 5000 */
  readonly silenceMs?: number;
  /** From the mending until messages are confirmed again, ms. @default 5000 */
  readonly backMs?: number;
  /** From the mending until every message is pushed within a second, ms. @default 10_000 */
  readonly liveMs?: number;
  /** Breaks something, holds it, mends it. */
  break(fault: Fault): Promise<void>;
  /** Looks at the world when all is over. */
  after?(fault: Fault, report: Report): Promise<void>;
}

/** @returns The row: talk, fault, talk, judgement. */
export function underTalk(row: TalkRow): Row {
  const { name, on = ["one Redis"], holdMs, longOnly } = row;
  return {
    name,
    on,
    ...(holdMs === undefined ? {} : { holdMs }),
    ...(longOnly === undefined ? {} : { longOnly }),
    run: (world, scale) => run(row, world, scale),
  };
}

async function run(row: TalkRow, world: World, scale: Scale): Promise<Outcome> {
  const problems: string[] = [];
  const notes: string[] = [];
  const watched = scale.watchMs > 0;
  const { silenceMs = 5_000, backMs = 5_000, liveMs = 10_000 } = row;
  const gates = [`silence.max<=${silenceMs + scale.holdMs}ms`, "spread.max<=30s"];
  await using talk = await beginTalk(world, { ...scale, ...row, gates });
  const leaver = watched ? await arrive(world) : undefined;
  await talk.flows();
  const fault: Fault = {
    ...scale,
    world,
    broken: () => leaver?.leave(),
    blame: (problem) => problems.push(problem),
    note: (figure) => notes.push(figure),
  };
  await row.break(fault);
  leaver?.leave();
  const mendedAt = Date.now();
  const back = await talk.flows();
  if (back > backMs) problems.push(`confirmed again only after ${back} ms`);
  const left = leaver?.gone();
  await Bun.sleep(scale.watchMs);
  const report = await talk.end();
  const judged: Judged = judgeTalk(report, mendedAt);
  if (watched && judged.liveMs > liveMs) problems.push(`pushed at once only after ${judged.liveMs} ms`);
  const figures = [...judged.figures, `back ${String(back).padStart(5)} ms`];
  if (left) figures.push(`live ${(judged.liveMs / 1_000).toFixed(1)} s`, await told(left, problems));
  await row.after?.(fault, report);
  if (watched) {
    const ghosts = await countGhosts(world);
    if (ghosts > 0) problems.push(`${ghosts} people stay online after they have gone`);
    figures.push(`ghosts ${ghosts}`);
  }
  await wholeAgain(world);
  return { name: row.name, problems: [...judged.problems, ...problems], figures: [...figures, ...notes] };
}

/** Somebody who has gone must be offline, and be called so, within 30 s of the mending. */
async function told(left: Promise<number>, problems: string[]): Promise<string> {
  const tookMs = await left.catch((error: Error) => error);
  if (tookMs instanceof Error) {
    problems.push(`somebody who left: ${tookMs.message}`);
    return "offline never";
  }
  return `offline ${(tookMs / 1_000).toFixed(1)} s`;
}

/** The next row begins on a deployment that is whole. */
async function wholeAgain({ front }: World): Promise<void> {
  const isReady = async () => {
    const response = await fetch(`${front.url}/readyz`).catch(() => undefined);
    return response?.status === 200 && (await response.json()).data.status === "ready";
  };
  await eventually(isReady, { withinMs: 20_000, what: "a front that is ready" });
}
