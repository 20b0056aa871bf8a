/**
 * A Citus cluster of its own: a coordinator and workers on this machine, durable. The programs are the system's
 * PostgreSQL (Debian's layout) with Citus installed into it.
 * @module
 */

import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sendSignal } from "../../server/db/embedded/processes.ts";
import { freePort } from "../../server/lib/ports.ts";
import { eventually } from "./eventually.ts";
import { withConnection } from "./one_connection.ts";
import { familyOf } from "./processes.ts";

/** Default of Citus is 32; on one machine each is only more commands. */
const SHARDS = 8;
const SETTINGS = [
  "shared_preload_libraries = 'citus'",
  "listen_addresses = '127.0.0.1'",
  "max_connections = 200",
  "max_prepared_transactions = 200",
  `citus.shard_count = ${SHARDS}`,
  // What a commit left unfinished on a worker that went away is finished so soon after it is back.
  "citus.recover_2pc_interval = '2s'",
  "citus.enable_statistics_collection = off",
  "citus.node_conninfo = 'sslmode=disable'",
];

/** The folder of PostgreSQL's programs, of the newest version that has Citus. */
const programs = findPrograms();

/** What is not installed; nothing can be started then. */
export const missingForCitus: readonly string[] =
  programs === undefined ? ["Citus for Debian's PostgreSQL"] : [];

interface Node {
  readonly data: string;
  readonly port: number;
}

/** See the module. */
export interface CitusCluster extends AsyncDisposable {
  /** Of the coordinator, as superuser, in a database that knows the workers. */
  readonly adminUrl: string;
  /** Kills the first worker's PostgreSQL (kill -9). */
  killWorker(): Promise<void>;
  /** Starts it again; resolves once it answers. */
  restartWorker(): Promise<void>;
}

/** @throws Error without Citus. */
export async function startCitus({ workers }: { readonly workers: number }): Promise<CitusCluster> {
  if (programs === undefined) throw new Error(`Cannot start Citus: install ${missingForCitus.join(", ")}`);
  await using stack = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), "vibes-citus-"));
  chmodSync(home, 0o755);
  own(home);
  stack.defer(() => rmSync(home, { recursive: true, force: true }));
  const nodes: Node[] = [];
  stack.defer(() => void nodes.map(kill));
  for (let n = 0; n <= workers; n++) {
    const node = { data: join(home, String(n)), port: await freePort("127.0.0.1") };
    mkdirSync(node.data);
    own(node.data);
    run(["initdb", "-D", node.data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"]);
    const settings = [...SETTINGS, `port = ${node.port}`, `unix_socket_directories = '${node.data}'`];
    appendFileSync(join(node.data, "postgresql.conf"), `${settings.join("\n")}\n`);
    nodes.push(node);
    start(node);
    await withConnection(urlOf(node, "postgres"), (sql) => sql`create extension citus`);
  }
  const [coordinator, ...others] = nodes as [Node, ...Node[]];
  await withConnection(urlOf(coordinator, "postgres"), async (sql) => {
    await sql`select citus_set_coordinator_host('127.0.0.1', ${coordinator.port})`;
    for (const { port } of others) await sql`select citus_add_node('127.0.0.1', ${port})`;
  });
  const owned = stack.move();
  const [first] = others as [Node];
  return {
    adminUrl: urlOf(coordinator, "postgres"),
    async killWorker() {
      kill(first);
    },
    async restartWorker() {
      start(first);
      await eventually(
        () =>
          withConnection(urlOf(first, "postgres"), (sql) => sql`select 1`).then(
            () => true,
            () => false,
          ),
        {
          what: "the worker",
        },
      );
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function urlOf({ port }: Node, database: string): string {
  return `postgres://postgres@127.0.0.1:${port}/${database}`;
}

function start({ data }: Node): void {
  run(["pg_ctl", "-D", data, "-l", join(data, "log"), "-w", "start"]);
}

/** With everything that it has started, at once. */
function kill({ data }: Node): void {
  const file = join(data, "postmaster.pid");
  if (!existsSync(file)) return;
  for (const pid of familyOf(Number(readFileSync(file, "utf8").split("\n")[0]))) sendSignal(pid, "SIGKILL");
}

/** PostgreSQL refuses to run as root. */
function run([program, ...args]: readonly [string, ...string[]]): void {
  const prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"];
  const command = [...(process.getuid?.() === 0 ? prefix : []), join(programs!, program), ...args];
  const { exitCode, stderr } = Bun.spawnSync(command, { cwd: "/", stdout: "ignore", stderr: "pipe" });
  if (exitCode !== 0) throw new Error(`Cannot run ${program}: ${stderr.toString()}`);
}

function own(path: string): void {
  if (process.getuid?.() !== 0) return;
  const ids = Bun.spawnSync(["sh", "-c", "id -u postgres; id -g postgres"]).stdout.toString().split("\n");
  chownSync(path, Number(ids[0]), Number(ids[1]));
}

function findPrograms(): string | undefined {
  const root = "/usr/lib/postgresql";
  if (!existsSync(root)) return undefined;
  const versions = readdirSync(root)
    .map(Number)
    .filter((version) => existsSync(`/usr/share/postgresql/${version}/extension/citus.control`));
  return versions.length === 0 ? undefined : join(root, String(Math.max(...versions)), "bin");
}
