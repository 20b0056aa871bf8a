/**
 * Rows in which servers are killed, stopped or replaced.
 * @module
 */

import { sameOnReplica } from "../replication.ts";
import { type Row, underTalk } from "../row.ts";

/** See the module. */
export const NODE_ROWS: readonly Row[] = [
  underTalk({
    name: "a node is killed (kill -9)",
    on: ["one Redis", "Cluster and replica"],
    async break({ world, broken }) {
      const replaced = world.replace(0, "SIGKILL");
      broken();
      await replaced;
    },
  }),
  underTalk({
    name: "a node stands still (SIGSTOP) and goes on",
    async break({ world, broken, holdMs }) {
      const { pid } = world.nodes[0]!;
      process.kill(pid, "SIGSTOP");
      broken();
      await Bun.sleep(holdMs);
      process.kill(pid, "SIGCONT");
    },
  }),
  underTalk({
    name: "a rolling restart of all nodes",
    on: ["one Redis", "Cluster and replica"],
    async break({ world, broken, blame }) {
      broken();
      for (const index of world.nodes.keys()) {
        const code = await world.replace(index, "SIGTERM");
        if (code !== 0) blame(`a node ended with ${code}`);
      }
    },
    after: sameOnReplica,
  }),
  underTalk({
    name: "all nodes are killed, Redis is emptied, all restart",
    silenceMs: 10_000,
    async break({ world, broken }) {
      const replaced = Promise.all([...world.nodes.keys()].map((index) => world.replace(index, "SIGKILL")));
      broken();
      await world.redis.command("flushall");
      await replaced;
    },
  }),
];
