/**
 * What the image tells Bun itself in the environment, for whatever is to run as it does in operation.
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** @returns The settings of the allocator and of the collector, by name, as the Dockerfile has them. */
export function bunSettings(): Record<string, string> {
  const dockerfile = readFileSync(join(import.meta.dir, "../../Dockerfile"), "utf8");
  const pairs = [...dockerfile.matchAll(/\b((?:MIMALLOC|BUN_JSC)_\w+)=(\S+)/g)];
  if (pairs.length === 0) throw new Error("Cannot find the settings of Bun: the Dockerfile has none");
  return Object.fromEntries(pairs.map(([, name, value]) => [name!, value!]));
}
