/**
 * Schema migrations: the engine behind `vibes migrate`. It owns sql/migrations, the table schema_migrations and
 * the dump sql/schema.sql; it prints nothing and ends no process.
 * @module
 */

export { makeDatabase, removeDatabase } from "./database.ts";
export { dumpSchema } from "./dump.ts";
export { MigrationError } from "./errors.ts";
export { foldChecksums, MIGRATIONS_FOLDER, type Migration, readMigrations } from "./files.ts";
export { describeDrift, driftError, type MigrationState } from "./history.ts";
export { down, type MigrateOptions, type RunOptions, redo, type Step, status, up } from "./migrate.ts";
export { verify } from "./verify.ts";
