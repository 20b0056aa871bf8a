/**
 * Starts our server as operators run it, in its own processes on a database with fsync on, and creates users for the
 * bench; starts the bare relay beside it.
 * @module
 */
import { makePeople } from "../../cli/commands/load_users.ts";
import type { Io } from "../../cli/output.ts";
import { type Child, startChild } from "../harness/child.ts";
import { DURABLE, openCluster } from "../harness/cluster.ts";
import { createTestDatabase } from "../harness/database.ts";
import { memorySettings } from "../harness/image.ts";

const SECRET = "a secret of the bench, long enough for HS256";

type MadeWith = Parameters<typeof makePeople>[1];

/** A database with the schema, and what starts servers on it. */
export interface EmulatedTerminal extends AsyncDisposable {
  readonly databaseUrl: string;
  /** Of the database's server. */
  readonly postmaster: number;
  /** @param runId Keeps people of two calls apart. @returns People with their tokens, in order. */
  people(runId: string, layout: MadeWith["layout"]): ReturnType<typeof makePeople>;
  /** Starts one more server. @param env Beside the bench's own. @returns It, and where it listens. */
  server(env?: Readonly<Record<string, string>>): Promise<Listening>;
}

/** A process that listens, and where. */
interface Listening {
  readonly child: Child;
  readonly url: string;
}

/** Makes an empty database on a cluster of the bench's own. */
export async function openEmulatedTerminal(): Promise<EmulatedTerminal> {
  const cluster = await openCluster({
    name: "bench",
    settings: { ...DURABLE, shared_buffers: "256MB", min_wal_size: "1GB", max_wal_size: "4GB" },
  });
  const database = await createTestDatabase({ cluster });
  await recycleLog(cluster.adminUrl);
  const [pid] = await database.sql<{ number: number }[]>`
    select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int as number
  `;
  const env = {
    ...memorySettings(),
    NODE_ENV: "test",
    LIMITS: "off",
    HOST: "127.0.0.1",
    PORT: "0",
    LOG_LEVEL: "info",
    JWT_SECRET: SECRET,
    DATABASE_URL: database.url,
  };
  const io: Io = { env, stdout: { write: () => {} }, stderr: { write: () => {} } };
  const { signal } = new AbortController();
  return {
    databaseUrl: database.url,
    postmaster: pid!.number,
    people: (runId, layout) => makePeople(io, { runId, layout, signal }),
    server: (more) => start("server/main.ts", { ...env, ...more }),
    [Symbol.asyncDispose]: () => database.close(),
  };
}

/** Starts bare Bun sockets that relay JSON, with the memory settings that our server has. */
export function startRelay(): Promise<Listening> {
  return start("test/bench/ws_relay.ts", memorySettings());
}

async function start(script: string, env: Readonly<Record<string, string>>): Promise<Listening> {
  const child = startChild([script], { env });
  const [, url = ""] = await child.says(/"url":"([^"]+)"/);
  return { child, url };
}

/**
 * A server that has run for a while writes its log into segments that it has used before; a new one makes each anew,
 * 16 MiB of zeros and a sync, and stands still for it (up to 50 ms here, every few seconds at these rates).
 */
async function recycleLog(adminUrl: string): Promise<void> {
  await using sql = new Bun.SQL(adminUrl, { max: 1 });
  for (let segment = 0; segment < 40; segment++) {
    await sql`select pg_logical_emit_message(true, 'bench', 'a record, so that the segment is not empty')`;
    await sql`select pg_switch_wal()`;
  }
  await sql`checkpoint`;
}
