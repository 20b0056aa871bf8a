/**
 * Where a server of our own keeps its files: in the folder asked for if the user who runs it can reach it, else
 * where every user can, with a link left behind.
 * @module
 */

import { existsSync, lstatSync, mkdirSync, realpathSync, statSync, symlinkSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Account, canReach, pathKey, publicFolder, serverAccount } from "./account.ts";
import { findBinaries } from "./binaries.ts";
import { adopt, dataFolder, type Site, stop } from "./postmaster.ts";

/**
 * Call it under a lock on the home.
 *
 * @param home Absolute path; made when absent.
 * @returns The site for a server with its files in `home`.
 */
export async function prepareSite(home: string): Promise<Site> {
  const usual = serverAccount();
  // Data that a normal user made stays that user's when root comes along, or PostgreSQL refuses it.
  const account = usual && (dataOwner(home) ?? usual);
  const binaries = await findBinaries(account);
  mkdirSync(dirname(home), { recursive: true });
  return await place(home, { account, binaries });
}

async function place(home: string, rest: Pick<Site, "account" | "binaries">): Promise<Site> {
  if (isLink(home)) {
    // The public folder is made again when a cleaner has removed it; a link to elsewhere is somebody's choice.
    return { ...rest, home: existsSync(home) ? realpathSync(home) : publicFolder(pathKey(home)) };
  }
  if (canReach(rest.account, dirname(home))) {
    mkdirSync(home, { recursive: true, mode: 0o755 });
    return { ...rest, home };
  }
  const site = { ...rest, home: publicFolder(pathKey(home)) };
  // Without the link to it, what is there belonged to data that has been thrown away.
  await clear(site);
  symlinkSync(site.home, home);
  return site;
}

/** Stops a server that runs there, and removes its data. */
export async function clear(site: Site): Promise<void> {
  const running = await adopt(site);
  if (running) await stop(running.pid);
  await rm(dataFolder(site), { recursive: true, force: true });
}

/** @returns Whose data is there, unless it is root's or there is none. */
function dataOwner(home: string): Account | undefined {
  const { uid, gid } = statSync(join(home, "data"), { throwIfNoEntry: false }) ?? { uid: 0, gid: 0 };
  return uid === 0 ? undefined : { name: `uid ${uid}`, uid, gid };
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
