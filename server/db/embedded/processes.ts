/**
 * Which process serves a data folder, from PostgreSQL's own postmaster.pid.
 * @module
 */

import { existsSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";

/** What a server says about itself. */
export interface PidFile {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

/** Lines of postmaster.pid: 1 pid, 4 port, 8 state; a replica is ready for readers as a standby. */
export function readPidFile(data: string): PidFile | undefined {
  try {
    const lines = readFileSync(join(data, "postmaster.pid"), "utf8").split("\n");
    return {
      pid: Number(lines[0]),
      port: Number(lines[3]),
      ready: /^(ready|standby)$/.test(lines[7]?.trim() ?? ""),
    };
  } catch {
    return undefined;
  }
}

/** Whether the process is the server of that data folder; its pid may have become anybody's. */
export function servesData(data: string, pid: number): boolean {
  if (!isAlive(pid)) return false;
  if (!existsSync("/proc/self/cwd")) {
    const { stdout } = Bun.spawnSync(["ps", "-o", "command=", "-p", String(pid)]);
    return stdout.includes(data);
  }
  try {
    // A server's working directory is its data; unlike its arguments that follows when the folder is moved.
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data);
  } catch {
    return false;
  }
}

/** Whether a process runs; one that has ended and waits for its parent to notice does not. */
export function isAlive(pid: number): boolean {
  if (pid <= 0 || !sendSignal(pid, 0)) return false;
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    // No /proc on this system, or it ended this moment.
    return sendSignal(pid, 0);
  }
}

/** @returns Whether the process is there. */
export function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
