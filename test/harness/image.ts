/**
 * What the image says of its environment, for whatever is to run as the server does in operation.
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** @returns How Bun handles memory: settings of its allocator and collector, by name, as the Dockerfile has them. */
export function memorySettings(): Record<string, string> {
  const dockerfile = readFileSync(join(import.meta.dir, "../../Dockerfile"), "utf8");
  const settings = [...dockerfile.matchAll(/\b((?:MIMALLOC|BUN_JSC)_\w+)=(\S+)/g)];
  if (settings.length === 0) throw new Error("Cannot find settings of memory: the Dockerfile has none");
  return Object.fromEntries(settings.map(([, name, value]) => [name!, value!]));
}
