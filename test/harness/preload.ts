/**
 * Runs before the first test file of a process. The database is not started here: a test that needs one asks
 * for it (database.ts), so that pure unit tests stay instant.
 * @module
 */

import { setDefaultTimeout } from "bun:test";

// The runner has no such key in bunfig.toml; `bun run ok` passes it for every file.
setDefaultTimeout(60_000);

process.env.TZ = "UTC";
