/**
 * The row in which the operator puts the database back to a point in time, and declares it by `vibes db restored`.
 * @module
 */
import { takeBaseBackup } from "../../harness/base_backup.ts";
import { eventually } from "../../harness/eventually.ts";
import { type Row, underTalk } from "../row.ts";
import type { World } from "../world.ts";

/** Stopping the servers, recovery, and starting them: as long as the operator and the machine take, not a promise. */
const SILENCE_MS = 60_000;

/** The point, as PostgreSQL reads it and in milliseconds since the epoch; the judge's clock is the same machine's. */
let point = { text: "", ms: 0 };

/** See the module. */
export const RESTORE_ROWS: readonly Row[] = [
  underTalk({
    name: "PostgreSQL is put back to a point in time",
    longOnly: true,
    silenceMs: SILENCE_MS,
    // All servers, people and the database's caches begin anew at the same time.
    backMs: 10_000,
    // What people write while nothing answers waits on their devices; it has to be stored afterwards.
    rate: 20,
    // Everybody is away for longer than the grace.
    mayFlicker: true,
    async break({ world, broken, blame, holdMs }) {
      const backup = await takeBaseBackup(world.cluster);
      await more(world, 20);
      const [row] = await world.database.sql<{ text: string; ms: number }[]>`
        select now()::text as text, (extract(epoch from now()) * 1000)::float8 as ms
      `;
      point = row!;
      // What is confirmed from here on is what the operator gives up.
      await more(world, 20);
      await Bun.sleep(holdMs);
      broken();
      await world.whileStopped(async () => {
        await backup.restoreTo(point.text);
        const { code, stderr } = await world.spawn(["cli/main.ts", "db", "restored"], { env: world.keys() })
          .ended;
        if (code !== 0) blame(`vibes db restored ended with ${code}: ${stderr}`);
      });
    },
    async after({ blame, note, pairs }, { counts, verified }) {
      const devices = pairs * 2 * 2;
      if (counts.resyncs !== devices)
        blame(`${devices} devices were told ${counts.resyncs} times to load anew`);
      if (counts.rolled_back === 0) blame("nothing was rolled back: the row shows nothing");
      const from = verified?.rolled_back_from ?? null;
      if (from !== null && Date.parse(from) < point.ms) {
        blame(`a message that was confirmed at ${from} is gone, before the point ${point.text}`);
      }
      note(
        `rolled back ${counts.rolled_back}  told to load anew ${counts.resyncs} of ${devices} devices, once`,
      );
    },
  }),
];

/** Waits until so many more messages are stored. */
async function more(world: World, count: number): Promise<void> {
  const before = await world.countMessages();
  const stored = async () => (await world.countMessages()) >= before + count;
  await eventually(stored, { withinMs: 30_000, what: "messages" });
}
