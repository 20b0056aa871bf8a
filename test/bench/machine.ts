/**
 * The machine and its processes, as Linux tells.
 * @module
 */
import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";

const TICK_US = 10_000;

/** Processor time of a process so far, microseconds. */
export function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ")
    .map(Number);
  return (fields[11]! + fields[12]!) * TICK_US;
}

/** Memory that a process holds, KiB. */
export function rssKib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** @returns What figures depend on, in words. */
export function describeMachine(): string {
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${gib} GiB, for server, PostgreSQL (fsync on) and generator together; Bun ${Bun.version}`;
}
