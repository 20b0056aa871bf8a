/**
 * The catalogue of load scenarios: purpose, required users and default load of each. Their behaviour is in scenarios/.
 * Pure.
 * @module
 */
import type { LatencyName } from "./report_shape.ts";

/** Who is needed, by number: the people of one group, and the conversations among them, stay on one generator. */
export interface Layout {
  readonly groups: readonly {
    readonly people: number;
    /** Open conversations between the people of this group, by their places in it. */
    readonly links: readonly (readonly [number, number])[];
  }[];
}

/** One scenario. */
export interface Scenario {
  readonly doc: string;
  /** What it is about. */
  readonly main: LatencyName;
  /** What one operation is, in the plural. */
  readonly operations: string;
  /** Operations a second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly durationMs: number;
  /** @returns People, given how many operations there will be. */
  readonly users: (operations: number) => number;
  /** @returns The layout of at least so many people. */
  readonly layout: (users: number) => Layout;
}

function pairs(users: number): Layout {
  const groups = Array.from({ length: Math.max(1, Math.ceil(users / 2)) }, () => ({
    people: 2,
    links: [[0, 1]] as const,
  }));
  return { groups };
}

function alone(users: number): Layout {
  return { groups: Array.from({ length: users }, () => ({ people: 1, links: [] })) };
}

/** One person to whom all the others write. */
function star(users: number): Layout {
  const links = Array.from({ length: Math.max(1, users - 1) }, (_, i) => [0, i + 1] as const);
  return { groups: [{ people: links.length + 1, links }] };
}

/** Circles of ten, in which everybody talks to the next three. */
function circles(users: number): Layout {
  const links = Array.from({ length: 10 }, (_, i) =>
    [1, 2, 3].map((step) => [i, (i + step) % 10] as const),
  ).flat();
  return {
    groups: Array.from({ length: Math.max(1, Math.ceil(users / 10)) }, () => ({ people: 10, links })),
  };
}

const clamp = (low: number, value: number, high: number) => Math.min(high, Math.max(low, Math.ceil(value)));

/** Every scenario. */
export const SCENARIOS = {
  "chat-pairs": {
    doc: "pairs of users write to each other: the ordinary send path",
    main: "delivery",
    operations: "messages",
    rate: 100,
    durationMs: 30_000,
    users: () => 100,
    layout: pairs,
  },
  "half-away": {
    doc: "people write to people without a socket, whose devices are notified; for a server without keys of FCM",
    main: "ack",
    operations: "messages",
    rate: 100,
    durationMs: 30_000,
    users: () => 100,
    layout: pairs,
  },
  pictures: {
    doc: "pairs upload pictures and send them, and the other one loads the thumbnail; for a server with MEDIA_STORE",
    main: "thumbnail",
    operations: "pictures",
    // A server decodes them one after the other.
    rate: 2,
    durationMs: 30_000,
    users: () => 20,
    layout: pairs,
  },
  "connect-storm": {
    doc: "sockets connect at a rate and stay open, as after a network outage",
    main: "connect",
    operations: "connects",
    rate: 100,
    durationMs: 10_000,
    users: (operations) => clamp(1, operations, 20_000),
    layout: alone,
  },
  "hot-inbox": {
    doc: "everybody writes to one user: the load on one event log and one socket",
    main: "delivery",
    operations: "messages",
    rate: 100,
    durationMs: 30_000,
    users: () => 51,
    layout: star,
  },
  "reconnect-flap": {
    doc: "pairs write while their connections are cut repeatedly; no message may be lost",
    main: "delivery",
    operations: "messages",
    rate: 100,
    durationMs: 30_000,
    users: () => 40,
    layout: pairs,
  },
  "report-block": {
    doc: "users write, report and block each other; nothing may arrive after a block",
    main: "block",
    operations: "operations",
    rate: 50,
    durationMs: 30_000,
    // One in five operations ends a conversation for good.
    users: (operations) => clamp(40, 2 * (operations / 5 + 20), 10_000),
    layout: pairs,
  },
  "mixed-day": {
    doc: "messages, reads, typing, lists and reconnects in the proportions and the load curve of a day",
    main: "delivery",
    operations: "operations",
    rate: 100,
    durationMs: 60_000,
    users: () => 100,
    layout: circles,
  },
} as const satisfies Record<string, Scenario>;

/** A name in {@link SCENARIOS}. */
export type ScenarioName = keyof typeof SCENARIOS;

/** @returns The stages of a day in so much time: a quiet night, a morning, an evening with its peak. */
export function dayCurve(
  peak: number,
  durationMs: number,
): { durationMs: number; from: number; to: number }[] {
  const shares = [0.15, 0.1, 0.35, 0.5, 0.55, 0.7, 1, 0.8, 0.3];
  return shares.slice(1).map((share, i) => ({
    durationMs: durationMs / (shares.length - 1),
    from: peak * shares[i]!,
    to: peak * share,
  }));
}

/** How many people a layout holds. */
export function countPeople({ groups }: Layout): number {
  return groups.reduce((sum, { people }) => sum + people, 0);
}
