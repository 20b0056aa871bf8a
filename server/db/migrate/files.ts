/**
 * The migrations of a folder: `NNNNNN_name.sql` with an `-- up` section, usually a `-- down` section, and
 * `-- no-transaction` where a statement refuses to run in one. It reads files and no database.
 * @module
 */

import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { FileError } from "./errors.ts";
import { type Statement, scan } from "./scan.ts";

const FILE_NAME = /^(\d{6})_([a-z0-9]+(?:_[a-z0-9]+)*)\.sql$/;

/** One file of the folder. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  /** File name, for messages. */
  readonly file: string;
  /** SHA-256 of the text, line ends normalised, hex. */
  readonly checksum: string;
  /** Whether the file runs in one transaction. */
  readonly transactional: boolean;
  readonly up: readonly Statement[];
  readonly down: readonly Statement[];
}

/** The repository's own migrations. */
export const MIGRATIONS_FOLDER: string = join(import.meta.dir, "../../../sql/migrations");

/**
 * @param folder Absolute path.
 * @returns The migrations in order of version.
 * @throws FileError when a file has a wrong name, a version of another file, no `-- up`, or cannot be scanned.
 */
export async function readMigrations(folder: string = MIGRATIONS_FOLDER): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  const migrations = await Promise.all(names.map((name) => readMigration(folder, name)));
  migrations.forEach(({ version, file }, index) => {
    const before = migrations[index - 1];
    if (before?.version === version) {
      throw new FileError(`Cannot read ${file}: ${before.file} has the same version`);
    }
  });
  return migrations;
}

async function readMigration(folder: string, file: string): Promise<Migration> {
  const [, version, name] = FILE_NAME.exec(file) ?? [];
  if (version === undefined || name === undefined) {
    throw new FileError(`Cannot read ${file}: its name is not like 000001_add_users.sql`);
  }
  const text = (await Bun.file(join(folder, file)).text()).replaceAll("\r\n", "\n");
  const checksum = createHash("sha256").update(text).digest("hex");
  return { version: Number(version), name, file, checksum, ...sections(text, file) };
}

function sections(text: string, file: string): Pick<Migration, "transactional" | "up" | "down"> {
  const found = new Map<string, Statement[]>();
  let current: Statement[] | undefined;
  for (const piece of scanned(text, file)) {
    if (piece.kind === "marker") {
      if (found.has(piece.name))
        throw new FileError(`Cannot read ${file}: line ${piece.line} repeats -- ${piece.name}`);
      const section: Statement[] = [];
      found.set(piece.name, section);
      if (piece.name !== "no-transaction") current = section;
    } else if (current === undefined) {
      throw new FileError(`Cannot read ${file}: line ${piece.line} comes before -- up`);
    } else {
      current.push({ text: piece.text, line: piece.line });
    }
  }
  const up = found.get("up");
  if (up === undefined) throw new FileError(`Cannot read ${file}: it has no -- up section`);
  return { transactional: !found.has("no-transaction"), up, down: found.get("down") ?? [] };
}

function scanned(text: string, file: string): ReturnType<typeof scan> {
  try {
    return scan(text);
  } catch (error) {
    throw new FileError(`Cannot read ${file}: ${(error as Error).message}`);
  }
}

/** @returns A hash over all files: databases with the same one have the same schema. */
export function foldChecksums(migrations: readonly Migration[]): string {
  const hash = createHash("sha256");
  for (const { version, checksum } of migrations) hash.update(`${version}:${checksum}\n`);
  return hash.digest("hex");
}
