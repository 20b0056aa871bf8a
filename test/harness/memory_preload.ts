/**
 * Prints the memory of a server process on SIGUSR2 after a garbage collection, as the line `memory`, a counter and
 * JSON.
 * @module
 */
import { heapStats } from "bun:jsc";

/** What is printed. */
export interface Memory {
  /** Resident, MiB. */
  readonly rssMib: number;
  /** Of the engine's heap, MiB. */
  readonly heapMib: number;
  /** Objects alive, by class: of ours, and timers. */
  readonly objects: Readonly<Record<string, number>>;
}

const MIB = 1024 * 1024;
const WATCHED = ["Connection", "Member", "Timeout", "ServerWebSocket"];
let asked = 0;

function report(): void {
  Bun.gc(true);
  const { heapSize, objectTypeCounts } = heapStats();
  const objects = Object.fromEntries(WATCHED.map((name) => [name, objectTypeCounts[name] ?? 0]));
  const memory: Memory = { rssMib: process.memoryUsage.rss() / MIB, heapMib: heapSize / MIB, objects };
  process.stdout.write(`memory ${++asked} ${JSON.stringify(memory)}\n`);
}

process.on("SIGUSR2", () => {
  Bun.gc(true);
  // What finalizers let go of goes with the second one.
  setTimeout(report, 500);
});
