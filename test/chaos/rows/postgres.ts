/**
 * Rows in which PostgreSQL stops, hangs, or commits without being able to answer.
 * @module
 */
import { ask } from "../asking.ts";
import { sameOnReplica } from "../replication.ts";
import { type Row, underTalk } from "../row.ts";

/** The outage, its end, and what was asked meanwhile. */
const SILENCE_MS = 6_000;

/** See the module. */
export const POSTGRES_ROWS: readonly Row[] = [
  underTalk({
    name: "PostgreSQL stops at once and restarts",
    on: ["one Redis", "Cluster and replica"],
    holdMs: 10_000,
    silenceMs: SILENCE_MS,
    async break({ world: { cluster, front }, broken, holdMs, ...fault }) {
      await cluster.crash();
      broken();
      await ask(front.url, { forMs: holdMs, ...fault });
      await cluster.restart();
    },
    after: sameOnReplica,
  }),
  underTalk({
    name: "PostgreSQL stands still (SIGSTOP)",
    longOnly: true,
    silenceMs: SILENCE_MS,
    async break({ world: { cluster, front }, broken, holdMs, ...fault }) {
      cluster.freeze();
      broken();
      await ask(front.url, { forMs: holdMs, ...fault });
      cluster.thaw();
    },
  }),
  underTalk({
    name: "everything to and from PostgreSQL vanishes",
    silenceMs: SILENCE_MS,
    async break({ world: { toDatabase, front }, broken, holdMs, ...fault }) {
      toDatabase.blackhole();
      broken();
      await ask(front.url, { forMs: holdMs, ...fault });
      toDatabase.pass();
      toDatabase.cut();
    },
  }),
  underTalk({
    name: "PostgreSQL commits and its answers vanish",
    silenceMs: SILENCE_MS,
    async break({ world: { toDatabase }, broken, holdMs }) {
      toDatabase.swallowAnswers();
      broken();
      await Bun.sleep(Math.max(1_000, holdMs));
      toDatabase.pass();
      toDatabase.cut();
    },
  }),
];

/** What a synchronous replica costs: while it is away, nothing may be confirmed and nothing may hang. */
export const REPLICA_ROWS: readonly Row[] = [
  underTalk({
    name: "the replica stands still (SIGSTOP) and goes on",
    on: ["Cluster and replica"],
    longOnly: true,
    silenceMs: SILENCE_MS,
    async break({ world, broken, blame, holdMs }) {
      world.replica!.freeze();
      broken();
      // What was replayed before is on its way to people.
      await Bun.sleep(500);
      const stored = await world.countMessages();
      await Bun.sleep(holdMs);
      const more = (await world.countMessages()) - stored;
      if (more > 0) blame(`${more} messages were confirmed without the replica`);
      world.replica!.thaw();
    },
    after: sameOnReplica,
  }),
];

/** The last: its deployment has no replica afterwards. */
export const FAILOVER_ROWS: readonly Row[] = [
  underTalk({
    name: "the primary is gone with its disk: the replica takes over",
    on: ["Cluster and replica"],
    silenceMs: SILENCE_MS,
    async break({ world, broken }) {
      const over = world.failOver();
      broken();
      await over;
    },
  }),
];
