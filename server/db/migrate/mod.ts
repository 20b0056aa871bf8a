/**
 * Schema migrations: the engine behind `vibes migrate`. It owns sql/migrations, the table schema_migrations and
 * the dump sql/schema.sql; it prints nothing and exits nothing.
 * @module
 */

export { baseline, down, type MigrateOptions, type RunOptions, redo, type Step, up } from "./commands.ts";
export { makeDatabase, removeDatabase } from "./database.ts";
export { dumpSchema } from "./dump.ts";
export {
  DriftError,
  FileError,
  LockedError,
  MigrationError,
  StatementError,
  TargetError,
  UnreachableError,
} from "./errors.ts";
export { foldChecksums, MIGRATIONS_FOLDER, type Migration, readMigrations } from "./files.ts";
export { type MigrationState, status, verify, waitUntilMigrated } from "./inspect.ts";
export { type ShadowOptions, verifyShadow } from "./shadow.ts";
