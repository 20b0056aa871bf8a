/**
 * A Citus cluster that is there already, for tests: TEST_CITUS_URL leads to its coordinator, as a superuser, into a
 * database in which the workers are registered. Each node gets the template and its clones under the same name.
 * @module
 */
import { withConnection } from "./one_connection.ts";

/** What runs on every node of the cluster. */
export interface CitusNodes {
  /** Each statement on each node, with its own connection. */
  each(statement: string, database?: string): Promise<void>;
  /** On the coordinator, in a database whose nodes do not know each other yet. */
  introduce(database: string): Promise<void>;
}

/** Whether test databases are on Citus. */
export const isOnCitus = Boolean(process.env.TEST_CITUS_URL);

/** @param url Of the coordinator. @throws Error when no worker is registered there. */
export async function citusNodes(url: string): Promise<CitusNodes> {
  const nodes = await withConnection(url, async (sql) => {
    return await sql<{ host: string; port: number; group: number }[]>`
      select nodename as host, nodeport as port, groupid as group from pg_dist_node where noderole = 'primary' order by 3
    `;
  });
  const workers = nodes.filter(({ group }) => group > 0);
  if (workers.length === 0)
    throw new Error("Cannot test on Citus: no worker is registered in TEST_CITUS_URL");
  const coordinator = nodes.find(({ group }) => group === 0);
  if (!coordinator)
    throw new Error("Cannot test on Citus: call citus_set_coordinator_host in TEST_CITUS_URL");
  const urls = nodes.map(
    ({ host, port }) => Object.assign(new URL(url), { hostname: host, port: String(port) }).href,
  );
  return {
    async each(statement, database) {
      await Promise.all(
        urls.map((node) =>
          withConnection(
            database === undefined ? node : Object.assign(new URL(node), { pathname: `/${database}` }).href,
            (sql) => sql.unsafe(statement),
          ),
        ),
      );
    },
    async introduce(database) {
      await withConnection(Object.assign(new URL(url), { pathname: `/${database}` }).href, async (sql) => {
        await sql`select citus_set_coordinator_host(${coordinator.host}, ${coordinator.port})`;
        for (const { host, port } of workers) await sql`select citus_add_node(${host}, ${port})`;
      });
    },
  };
}
