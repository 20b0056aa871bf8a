/**
 * Rows in which PostgreSQL's leader is lost and another one is elected, by Patroni and not by us.
 * @module
 */
import { contentOf } from "../replication.ts";
import { type Row, underTalk } from "../row.ts";

/** See the module. */
export const PATRONI_ROWS: readonly Row[] = [
  underTalk({
    name: "Patroni's leader is killed (kill -9): another is elected",
    on: ["Patroni"],
    // Until the leader's lock in etcd runs out, the standby has been promoted, and another one follows it.
    silenceMs: 30_000,
    // What people wrote meanwhile is stored first.
    liveMs: 40_000,
    async break({ world, broken, note }) {
      const patroni = world.patroni!;
      const killedAt = performance.now();
      const former = await patroni.killLeader();
      broken();
      const next = await patroni.elected(former);
      note(`${next} after ${former} in ${((performance.now() - killedAt) / 1_000).toFixed(1)} s`);
    },
    async after({ world, blame, note }) {
      const patroni = world.patroni!;
      const dead: string[] = [];
      for (const { name, url } of patroni.membersOf(world.databaseUrl)) {
        if ((await contentOf(url).catch(() => undefined)) === undefined) dead.push(name);
      }
      for (const name of dead) await patroni.rejoin(name);
      const contents = await settled(() =>
        Promise.all(patroni.membersOf(world.databaseUrl).map(({ url }) => contentOf(url))),
      );
      if (new Set(contents).size > 1) blame(`the members hold ${contents.join(", ")}`);
      note(`${dead.join(", ")} is back, all three hold ${contents[0]}`);
    },
  }),
];

/** Standbys replay a moment later. @returns The last of some attempts, or the first in which all agree. */
async function settled(read: () => Promise<string[]>): Promise<string[]> {
  let contents = await read();
  for (let attempt = 0; attempt < 20 && new Set(contents).size > 1; attempt++) {
    await Bun.sleep(500);
    contents = await read();
  }
  return contents;
}
