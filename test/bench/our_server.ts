/**
 * Our server as operators run it, in processes of its own on a database that keeps what it is told (fsync on), with
 * people to speak for.
 * @module
 */
import { makePeople } from "../../cli/commands/load_users.ts";
import type { Io } from "../../cli/output.ts";
import { type Child, startChild } from "../harness/child.ts";
import { DURABLE, openCluster } from "../harness/cluster.ts";
import { createTestDatabase } from "../harness/database.ts";

const SECRET = "a secret of the bench, long enough for HS256";

type MadeWith = Parameters<typeof makePeople>[1];

/** A database with the schema, and what starts servers on it. */
export interface Stage extends AsyncDisposable {
  readonly databaseUrl: string;
  /** @param runId Keeps people of two calls apart. @returns People with their tokens, in order. */
  people(runId: string, layout: MadeWith["layout"]): ReturnType<typeof makePeople>;
  /** Starts one more server. @returns It, and where it listens. */
  server(): Promise<{ readonly child: Child; readonly url: string }>;
}

/** Makes an empty database on a cluster of the bench's own. */
export async function openStage(): Promise<Stage> {
  const cluster = await openCluster({ name: "bench", settings: { ...DURABLE, shared_buffers: "256MB" } });
  const database = await createTestDatabase({ cluster });
  const env = {
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
    people: (runId, layout) => makePeople(io, { runId, layout, signal }),
    async server() {
      const child = startChild(["server/main.ts"], { env });
      const [, url = ""] = await child.says(/"url":"([^"]+)"/);
      return { child, url };
    },
    [Symbol.asyncDispose]: () => database.close(),
  };
}
