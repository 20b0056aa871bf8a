/**
 * The migrations of a folder: `NNNNNN_name.sql` with an `-- up` section, usually a `-- down` section, and
 * `-- no-transaction` above them where a statement cannot run in a transaction. It reads files and no database.
 * @module
 */

import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { resource } from "../../lib/resources.ts";
import { MigrationError } from "./errors.ts";
import { normalize, type Statement, scan } from "./scan.ts";

const FILE_NAME = /^(\d{6})_([a-z0-9]+(?:_[a-z0-9]+)*)\.sql$/;

/** The statements of a file. */
export interface Sections {
  /** Whether each section runs in one transaction. */
  readonly transactional: boolean;
  readonly up: readonly Statement[];
  readonly down: readonly Statement[];
}

/** One file of the folder. */
export interface Migration extends Sections {
  readonly version: number;
  readonly name: string;
  /** File name, for messages. */
  readonly file: string;
  /** SHA-256 of the `-- up` statements without comments and white space, hex. */
  readonly checksum: string;
  /** SHA-256 of the whole text, as earlier versions recorded it. */
  readonly textChecksum: string;
  /** Marked `-- stop-servers`: servers of one side of it store wrong data on the other side. */
  readonly stopsServers: boolean;
}

/** The repository's own migrations. */
export const MIGRATIONS_FOLDER: string = resource("migrations");

/**
 * @param folder Absolute path.
 * @returns The migrations in order of version.
 * @throws MigrationError when a file has a wrong name, another file's version, no `-- up`, or cannot be scanned.
 */
export async function readMigrations(folder: string = MIGRATIONS_FOLDER): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  const migrations = await Promise.all(names.map((name) => readMigration(folder, name)));
  migrations.forEach(({ version, file }, index) => {
    const before = migrations[index - 1];
    if (before?.version === version) throw unusable(file, `${before.file} has the same version`);
  });
  return migrations;
}

async function readMigration(folder: string, file: string): Promise<Migration> {
  const [, version, name] = FILE_NAME.exec(file) ?? [];
  if (version === undefined || name === undefined) {
    throw unusable(file, "its name is not like 000001_add_users.sql");
  }
  const text = (await Bun.file(join(folder, file)).text()).replaceAll("\r\n", "\n");
  const sections = readSections(text, file);
  const checksum = sha256(sections.up.map(({ text }) => `${normalize(text)};\n`).join(""));
  const stopsServers = /^-- stop-servers$/m.test(text);
  const textChecksum = sha256(text);
  return { version: Number(version), name, file, checksum, textChecksum, stopsServers, ...sections };
}

/** @throws MigrationError naming the line that is in no section. */
export function readSections(text: string, file: string): Sections {
  const found = new Map<string, Statement[]>();
  let current: Statement[] | undefined;
  try {
    for (const piece of scan(text)) {
      if (piece.kind === "statement") {
        if (current === undefined) throw new SyntaxError(`line ${piece.line} comes before -- up`);
        current.push({ text: piece.text, line: piece.line });
        continue;
      }
      const { name, line } = piece;
      if (found.has(name)) throw new SyntaxError(`line ${line} repeats -- ${name}`);
      const section: Statement[] = [];
      found.set(name, section);
      if (name !== "no-transaction") current = section;
    }
  } catch (error) {
    throw unusable(file, (error as Error).message);
  }
  const { up, down = [], "no-transaction": marker } = Object.fromEntries(found);
  if (up === undefined) throw unusable(file, "it has no -- up section");
  return { transactional: marker === undefined, up, down };
}

function unusable(file: string, why: string): MigrationError {
  return new MigrationError("File", `Cannot read ${file}: ${why}`);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** @returns A hash over all files: databases with the same one have the same schema. */
export function foldChecksums(migrations: readonly Migration[]): string {
  return sha256(migrations.map(({ version, checksum }) => `${version}:${checksum}\n`).join(""));
}
