/**
 * How long a start takes: `vibes dev` with nothing there (database made, migrated, demo people, serving) and again with
 * its data; `vibes serve` on a database that runs; each until `/readyz` says 200, against PostgreSQL alone doing the
 * same to its first answered query. `bun run bench start`. Option: --rounds 5.
 * @module
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbedded } from "../../server/db/embedded/mod.ts";
import { freePort } from "../../server/lib/ports.ts";
import { startChild } from "../harness/child.ts";
import { openEmulatedTerminal } from "./our_server.ts";
import { handIn, type Row, readNumbers, say } from "./report.ts";
import { median } from "./rounds.ts";

const { rounds } = readNumbers({ rounds: 5 });
const POLL_MS = 5;

/** Seconds from nothing, and with data that is there. */
interface Start {
  readonly cold: number;
  readonly warm: number;
}

async function ready(url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.status === 200) return;
    await Bun.sleep(POLL_MS);
  }
}

/** Seconds until `vibes dev` serves. */
async function dev(dataDir: string): Promise<number> {
  const port = await freePort("127.0.0.1");
  const env = { HOME: dataDir, DATA_DIR: dataDir, PORT: `${port}`, NODE_ENV: "development" };
  const start = performance.now();
  await using child = startChild(["cli/main.ts", "dev"], { env });
  await ready(`http://127.0.0.1:${port}`);
  const seconds = (performance.now() - start) / 1_000;
  await child.end();
  return seconds;
}

/** Seconds until PostgreSQL alone has answered a query. */
async function postgres(dataDir: string): Promise<number> {
  const start = performance.now();
  const embedded = await startEmbedded({ dataDir });
  const sql = new Bun.SQL(embedded.url, { max: 1 });
  await sql`select 1`;
  const seconds = (performance.now() - start) / 1_000;
  await sql.end();
  await embedded.stop();
  return seconds;
}

async function both(start: (dataDir: string) => Promise<number>): Promise<Start> {
  const colds: number[] = [];
  const warms: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const dataDir = mkdtempSync(join(tmpdir(), "vibes-bench-start-"));
    try {
      colds.push(await start(dataDir));
      warms.push(await start(dataDir));
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  }
  return { cold: median(colds), warm: median(warms) };
}

async function serve(): Promise<number> {
  await using screen = await openEmulatedTerminal();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const { child, url } = await screen.server();
    await using _ = child;
    await ready(url);
    times.push((performance.now() - start) / 1_000);
  }
  return median(times);
}

/** Seconds until a program of one line has run: what no start can be below. */
async function bun(): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await Bun.spawn([process.execPath, "-e", "0"], { stdio: ["ignore", "ignore", "ignore"] }).exited;
    times.push((performance.now() - start) / 1_000);
  }
  return median(times);
}

say("PostgreSQL alone");
const alone = await both(postgres);
say("vibes dev");
const ours = await both(dev);
say("vibes serve");
const served = await serve();
const of = "PostgreSQL alone";
const rows: Row[] = [
  {
    what: "`vibes dev` from nothing to ready, s",
    ours: ours.cold,
    limit: { value: alone.cold, of },
    promise: { most: 3 },
    digits: 2,
  },
  {
    what: "`vibes dev` again, s",
    ours: ours.warm,
    limit: { value: alone.warm, of },
    promise: { most: 1 },
    digits: 2,
  },
  {
    what: "`vibes serve` to ready, s",
    ours: served,
    limit: { value: await bun(), of: "Bun running an empty program" },
    promise: { most: 1 },
    digits: 2,
  },
];
handIn({ rows, note: `medians of ${rounds} starts, packages installed, files in the system's cache` });
