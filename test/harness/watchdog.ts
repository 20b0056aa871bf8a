/**
 * Waits until no test process is left, then stops the cluster and removes its data. Run by cluster.ts as a
 * process of its own: `bun watchdog.ts <home> <shared | alone>`; of one that was alone nothing is left.
 * @module
 */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type ProcessLock, tryLock } from "../../server/db/embedded/process_lock.ts";
import { clear, prepareSite } from "../../server/db/embedded/site.ts";
import { REPLICA } from "./replica.ts";

const POLL_MS = 250;
/** A worker between two test files, or a second run right after the first, finds the cluster still warm. */
const PATIENCE_MS = 1_500;

async function main(home: string, kind: string): Promise<void> {
  const duty = tryLock(join(home, "watchdog.lock"), "exclusive");
  if (duty === undefined) return;
  // Nobody can join from here until we are gone: joining takes a share of the lock that we now have whole.
  await untilAlone(join(home, "alive.lock"));
  const site = await prepareSite(join(home, "postgres"));
  await clear(site);
  // What has not been ended by whoever made it.
  await clear({ ...site, home: join(site.home, REPLICA) });
  if (kind === "alone") for (const path of [site.home, home]) rmSync(path, { recursive: true, force: true });
}

/** @returns The exclusive lock, once everybody has been gone for a while. */
async function untilAlone(path: string): Promise<ProcessLock> {
  for (let aloneSince: number | undefined; ; await wait(POLL_MS)) {
    const lock = tryLock(path, "exclusive");
    if (lock === undefined) aloneSince = undefined;
    else if (aloneSince !== undefined && performance.now() - aloneSince > PATIENCE_MS) return lock;
    else {
      aloneSince ??= performance.now();
      lock.release();
    }
  }
}

const [home, kind = "shared"] = process.argv.slice(2);
if (import.meta.main && home !== undefined) await main(home, kind);
