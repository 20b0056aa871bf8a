/**
 * A fresh database for a test: a clone of a template that holds the migrated schema. It owns no rows.
 * @module
 */

import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { CITUS_SETTINGS } from "../../server/db/citus.ts";
import { createDatabase, type Database, type DatabaseOptions, type Sql } from "../../server/db/client.ts";
import { distribute } from "../../server/db/distribute.ts";
import { foldChecksums, readMigrations, up } from "../../server/db/migrate/mod.ts";
import { PARTITIONED, partition } from "../../server/db/partition.ts";
import { BATCH_SETTINGS } from "../../server/features/messages/batch_settings.ts";
import { type CitusNodes, citusNodes } from "./citus.ts";
import { openCluster, type TestCluster } from "./cluster.ts";
import { eventually, PATIENCE_MS } from "./eventually.ts";

const SERVER_ROLE = "vibes_server";
const MAKE_SERVER_ROLE = `
  do $$ begin create role ${SERVER_ROLE} login password '${SERVER_ROLE}';
  exception when duplicate_object then null; end $$`;

/** A database that nobody else uses. */
export interface TestDatabase {
  /** As superuser. */
  readonly url: string;
  /** As the role of the server, which owns no table. */
  readonly serverUrl: string;
  readonly database: Database;
  /** Short for `database.sql`. */
  readonly sql: Sql;
  /** Closes `database` and drops it, whoever else is connected. */
  close(): Promise<void>;
}

/** How a {@link TestDatabase} differs from the usual one. */
export interface TestDatabaseOptions extends Partial<Omit<DatabaseOptions, "url">> {
  /** Without the schema. */
  readonly empty?: boolean;
  /** On this cluster instead of the one that all tests share. */
  readonly cluster?: Pick<TestCluster, "adminUrl"> | undefined;
  /** On the Citus cluster of this coordinator. @default TEST_CITUS_URL, where no other cluster is named */
  readonly citusUrl?: string | undefined;
}

/** Of the writer's connections, wherever test databases are. */
export const WRITER_SETTINGS = { ...BATCH_SETTINGS, ...(process.env.TEST_CITUS_URL && CITUS_SETTINGS) };

/**
 * @example
 * ```ts
 * const db = await createTestDatabase();
 * afterAll(() => db.close());
 * await db.sql`select 1`;
 * ```
 */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  // Tests about deadlines set their own.
  const { empty = false, cluster, deadlineMs = PATIENCE_MS, ...given } = options;
  const { citusUrl = cluster ? undefined : process.env.TEST_CITUS_URL, ...rest } = given;
  if (citusUrl && !empty) return await createOnCitus(citusUrl, { deadlineMs, ...rest });
  const { admin, adminUrl, template: migrated } = connect(cluster ?? (await openUsual()));
  const template = empty ? "template0" : await migrated();
  const name = `test_${process.pid}_${randomBytes(4).toString("hex")}`;
  // Copying the files is the faster strategy while fsync is off: nothing goes through the write-ahead log.
  await admin.unsafe(`create database ${name} template ${template} strategy file_copy`);
  const url = inDatabase(adminUrl, name);
  const database = createDatabase({ url, deadlineMs, ...rest });
  return {
    url,
    serverUrl: asServer(url),
    database,
    sql: database.sql,
    async close() {
      await database.close();
      await admin.unsafe(`drop database if exists ${name} with (force)`);
    },
  };
}

/** A clone of the template on every node, which knows the others as the template does. */
async function createOnCitus(adminUrl: string, options: Partial<DatabaseOptions>): Promise<TestDatabase> {
  const nodes = await citusNodes(adminUrl);
  const made = citusTemplates.get(adminUrl) ?? makeCitusTemplate(adminUrl, nodes);
  citusTemplates.set(adminUrl, made);
  const template = await made;
  const name = `test_${process.pid}_${randomBytes(4).toString("hex")}`;
  await nodes.each(`create database ${name} template ${template} strategy file_copy`);
  const url = inDatabase(adminUrl, name);
  const database = createDatabase({ url, ...options });
  return {
    url,
    serverUrl: asServer(url),
    database,
    sql: database.sql,
    async close() {
      await database.close();
      // A session that Citus keeps may not be gone in the 5 s that PostgreSQL gives it.
      await eventually(
        () =>
          nodes.each(`drop database if exists ${name} with (force)`).then(
            () => true,
            () => false,
          ),
        { what: `the end of ${name}` },
      );
    },
  };
}

/** By coordinator. */
const citusTemplates = new Map<string, Promise<string>>();

async function makeCitusTemplate(adminUrl: string, nodes: CitusNodes): Promise<string> {
  const name = `template_${foldChecksums(await readMigrations()).slice(0, 16)}`;
  const maker = postgres(adminUrl, { max: 1, fetch_types: false, onnotice: () => {} });
  try {
    await maker`select pg_advisory_lock(hashtext(${name}))`;
    const [found] = await maker<{ ready: boolean }[]>`
      select not datallowconn as ready from pg_database where datname = ${name}
    `;
    if (found?.ready) return name;
    await nodes.each(`drop database if exists ${name} with (force)`);
    await nodes.each(`create database ${name} template template0 strategy file_copy`);
    // The coordinator makes it on the others, too.
    await maker.unsafe(MAKE_SERVER_ROLE);
    await nodes.each("create extension citus", name);
    await nodes.introduce(name);
    const url = inDatabase(adminUrl, name);
    await up({ url, serverRole: SERVER_ROLE });
    await distribute({ url });
    await nodes.each(`alter database ${name} allow_connections false`);
    // Citus keeps a session of its own in each database, and a connected template cannot be cloned.
    await nodes.each(
      `select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '${name}'`,
    );
    return name;
  } finally {
    await maker.end();
  }
}

/**
 * Vacuums and analyses, for as long as it takes. No background worker tidies up in test databases: dead rows would be
 * looked at again by each reader, and whoever counts pages would count them.
 *
 * @param url With the owner's role.
 */
export async function tidyUp(url: string): Promise<void> {
  const unhurried = createDatabase({ url, max: 1, deadlineMs: 0 });
  await unhurried.sql`vacuum (analyze, index_cleanup on)`;
  await unhurried.close();
}

interface Connection {
  readonly adminUrl: string;
  readonly admin: postgres.Sql;
  /** Makes the template on first use. */
  readonly template: () => Promise<string>;
}

const connections = new Map<string, Connection>();
let usual: Promise<TestCluster> | undefined;

function openUsual(): Promise<TestCluster> {
  usual ??= openCluster();
  return usual;
}

function connect({ adminUrl }: Pick<TestCluster, "adminUrl">): Connection {
  const known = connections.get(adminUrl);
  if (known) return known;
  const admin = postgres(adminUrl, { max: 1, idle_timeout: 2, fetch_types: false, onnotice: () => {} });
  let made: Promise<string> | undefined;
  function template(): Promise<string> {
    made ??= makeTemplate(admin, adminUrl);
    return made;
  }
  const connection = { adminUrl, admin, template };
  connections.set(adminUrl, connection);
  return connection;
}

/**
 * Named after the migrations' checksum, so that one cluster can serve two states of the checkout. With TEST_PARTITIONED
 * it is what `vibes db partition` makes of it.
 */
async function makeTemplate(admin: postgres.Sql, adminUrl: string): Promise<string> {
  const isPartitioned = Boolean(process.env.TEST_PARTITIONED);
  const checksum = foldChecksums(await readMigrations()).slice(0, 16);
  const name = `template_${isPartitioned ? "partitioned_" : ""}${checksum}`;
  const maker = postgres(adminUrl, { max: 1, fetch_types: false, onnotice: () => {} });
  try {
    // Other test processes wait here for the one that makes it.
    await maker`select pg_advisory_lock(hashtext(${name}))`;
    const [found] = await admin<{ ready: boolean }[]>`
      select not datallowconn as ready from pg_database where datname = ${name}
    `;
    if (found?.ready) return name;
    await admin.unsafe(`drop database if exists ${name} with (force)`);
    await admin.unsafe(`create database ${name} template template0 strategy file_copy`);
    await admin.unsafe(MAKE_SERVER_ROLE);
    const made = { url: inDatabase(adminUrl, name), serverRole: SERVER_ROLE };
    await up(made);
    if (isPartitioned) await partition({ ...made, tables: PARTITIONED });
    // Says that it is complete, and keeps everybody out: a connected template cannot be cloned.
    await admin.unsafe(`alter database ${name} allow_connections false`);
    return name;
  } finally {
    await maker.end();
  }
}

/** Its password is its name: these databases accept local connections only and hold no personal data. */
function asServer(url: string): string {
  const changed = new URL(url);
  changed.username = SERVER_ROLE;
  changed.password = SERVER_ROLE;
  return changed.href;
}

function inDatabase(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}
