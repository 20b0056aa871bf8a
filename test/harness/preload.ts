/**
 * Runs before the first test file of a process.
 * @module
 */
import { setDefaultTimeout } from "bun:test";

// The runner has no such key in bunfig.toml; `bun run ok` passes it for every file.
setDefaultTimeout(20_000);
