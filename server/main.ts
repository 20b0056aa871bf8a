#!/usr/bin/env bun
/**
 * `bun server/main.ts` is `vibes serve`: the same command line, options, messages and exit codes.
 * @module
 */
import { join } from "node:path";

if (import.meta.main) {
  process.argv.splice(1, 1, join(import.meta.dir, "../cli/main.ts"), "serve");
  await import("../cli/main.ts");
}
