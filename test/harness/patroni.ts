/**
 * PostgreSQL under Patroni: three members that elect their leader through etcd, each with a standby's data of its own,
 * and a haproxy that leads to whoever leads. The programs are the system's (Debian: patroni, etcd-server, haproxy,
 * postgresql).
 * @module
 */
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { sendSignal } from "../../server/db/embedded/processes.ts";
import { freePort } from "../../server/lib/ports.ts";
import { eventually } from "./eventually.ts";
import { familyOf } from "./processes.ts";

const MEMBERS = 3;
const PASSWORD = "of-tests";
/** How soon a leader that says nothing is replaced; Patroni's own default is 30. */
const TTL_S = 10;

/** The folder of PostgreSQL's programs, the newest version; undefined without one. */
const programs = newestPrograms();

/** What is not installed; nothing can be started then. */
export const missingForPatroni: readonly string[] = [
  ...["patroni", "etcd", "haproxy"].filter((name) => Bun.which(name) === null),
  ...(programs === undefined ? ["postgresql"] : []),
];

/** A member of the cluster. */
interface Member {
  readonly name: string;
  readonly port: number;
  /** Of Patroni's REST API. */
  readonly apiPort: number;
  readonly file: string;
  readonly data: string;
  process: Bun.Subprocess<"ignore", "ignore", "ignore">;
}

/** See the module. */
export interface PatroniCluster extends AsyncDisposable {
  /** As superuser, through haproxy. */
  readonly adminUrl: string;
  /** The same database by the list of all members, of which the driver looks for the primary. */
  asList(url: string): string;
  /** Kills the leader's PostgreSQL and Patroni (kill -9). @returns Its name. */
  killLeader(): Promise<string>;
  /** Resolves once somebody else than `former` leads and confirms a commit. @returns Its name. */
  elected(former: string): Promise<string>;
  /** Starts a killed member again; resolves once it follows the leader. */
  rejoin(name: string): Promise<void>;
  /** The same database at each member. */
  membersOf(url: string): readonly { readonly name: string; readonly url: string }[];
}

/** @throws Error when something is not installed, or no leader is found within three minutes. */
export async function startPatroni(): Promise<PatroniCluster> {
  if (missingForPatroni.length > 0)
    throw new Error(`Cannot start Patroni: install ${missingForPatroni.join(", ")}`);
  const home = mkdtempSync(join(tmpdir(), "vibes-patroni-"));
  chmodSync(home, 0o755);
  own(home);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rmSync(home, { recursive: true, force: true }));
  const etcd = await startEtcd(home);
  stack.defer(() => end(etcd.process));
  const members: Member[] = [];
  stack.defer(async () => void (await Promise.all(members.map(endMember))));
  for (let n = 1; n <= MEMBERS; n++) members.push(await startMember(home, `pg${n}`, etcd.port));
  const proxy = await startProxy(home, members);
  stack.defer(() => end(proxy.process));
  await eventually(async () => (await leaderOf(members)) !== undefined && (await synchronous(members)), {
    withinMs: 180_000,
    what: "a leader with a synchronous standby",
  });
  const owned = stack.move();
  const byName = (name: string) => members.find((member) => member.name === name)!;
  return {
    adminUrl: `postgres://postgres:${PASSWORD}@127.0.0.1:${proxy.port}/postgres`,
    asList(url) {
      const hosts = members.map(({ port }) => `127.0.0.1:${port}`).join(",");
      return `${url.replace(/@[^/]+/, `@${hosts}`)}?target_session_attrs=primary`;
    },
    async killLeader() {
      const leader = await leaderOf(members);
      if (!leader) throw new Error("Cannot kill the leader: there is none");
      await endMember(leader);
      return leader.name;
    },
    async elected(former) {
      let leader: Member | undefined;
      await eventually(
        async () => {
          leader = await leaderOf(members.filter(({ name }) => name !== former));
          return leader !== undefined && (await confirms(leader));
        },
        { withinMs: 120_000, what: "another leader" },
      );
      return leader!.name;
    },
    async rejoin(name) {
      const member = byName(name);
      member.process = run(["patroni", member.file]);
      await eventually(() => answers(member, "/replica?lag=1MB"), {
        withinMs: 120_000,
        what: `${name} as a standby`,
      });
    },
    membersOf(url) {
      return members.map(({ name, port }) => {
        const own = new URL(url);
        own.port = String(port);
        return { name, url: own.href };
      });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startEtcd(home: string) {
  const [port, peerPort] = [await freePort("127.0.0.1"), await freePort("127.0.0.1")];
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  const process = run([
    ...["etcd", "--name", "one", "--data-dir", join(home, "etcd"), "--initial-cluster", `one=${peer}`],
    ...["--listen-client-urls", client, "--advertise-client-urls", client],
    ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer],
  ]);
  await eventually(
    () =>
      fetch(`${client}/health`).then(
        (r) => r.ok,
        () => false,
      ),
    { withinMs: 20_000, what: "etcd" },
  );
  return { process, port };
}

async function startMember(home: string, name: string, etcdPort: number): Promise<Member> {
  const [port, apiPort] = [await freePort("127.0.0.1"), await freePort("127.0.0.1")];
  const folder = join(home, name);
  mkdirSync(folder);
  own(folder);
  const [file, data] = [join(folder, "patroni.json"), join(folder, "data")];
  const login = (username: string) => ({ username, password: PASSWORD });
  const config = {
    scope: "vibes",
    name,
    restapi: { listen: `127.0.0.1:${apiPort}`, connect_address: `127.0.0.1:${apiPort}` },
    etcd3: { host: `127.0.0.1:${etcdPort}` },
    bootstrap: {
      dcs: {
        ttl: TTL_S,
        loop_wait: 2,
        retry_timeout: 3,
        maximum_lag_on_failover: 0,
        // A confirmed message is on two disks, so that whoever is elected has it.
        synchronous_mode: true,
        synchronous_mode_strict: true,
        postgresql: {
          use_pg_rewind: true,
          parameters: { max_connections: 100, wal_log_hints: "on", wal_keep_size: "256MB" },
        },
      },
      initdb: [{ encoding: "UTF8" }, { locale: "C.UTF-8" }, "data-checksums"],
    },
    postgresql: {
      listen: `127.0.0.1:${port}`,
      connect_address: `127.0.0.1:${port}`,
      data_dir: data,
      bin_dir: programs,
      pgpass: join(folder, "pgpass"),
      authentication: {
        superuser: login("postgres"),
        replication: login("replicator"),
        rewind: login("rewinder"),
      },
      parameters: { unix_socket_directories: folder },
      pg_hba: [
        "local all all trust",
        "host all all 127.0.0.1/32 md5",
        "host replication all 127.0.0.1/32 md5",
      ],
    },
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config));
  own(file);
  return { name, port, apiPort, file, data, process: run(["patroni", file]) };
}

/** Patroni tells by the status of `/primary` who leads; connections to somebody who no longer does are closed. */
async function startProxy(home: string, members: readonly Member[]) {
  const port = await freePort("127.0.0.1");
  const file = join(home, "haproxy.cfg");
  const servers = members.map(
    (member) => `  server ${member.name} 127.0.0.1:${member.port} check port ${member.apiPort}`,
  );
  writeFileSync(
    file,
    [
      "defaults\n  mode tcp\n  timeout connect 1s\n  timeout client 1h\n  timeout server 1h\n  timeout check 1s",
      `listen postgresql\n  bind 127.0.0.1:${port}\n  option httpchk GET /primary\n  http-check expect status 200`,
      "  default-server inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions",
      `${servers.join("\n")}\n`,
    ].join("\n"),
  );
  return { process: run(["haproxy", "-db", "-f", file]), port };
}

async function leaderOf(members: readonly Member[]): Promise<Member | undefined> {
  const leads = await Promise.all(members.map((member) => answers(member, "/primary")));
  return members[leads.indexOf(true)];
}

async function synchronous(members: readonly Member[]): Promise<boolean> {
  const are = await Promise.all(members.map((member) => answers(member, "/sync")));
  return are.includes(true);
}

/**
 * Whether a commit comes back. Patroni calls a member synchronous seconds before the new leader's PostgreSQL has it as a
 * standby, and until then each commit waits.
 */
async function confirms({ port }: Member): Promise<boolean> {
  const url = `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`;
  const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} });
  const commit = sql`select pg_logical_emit_message(true, 'elected', '')`.then(
    () => true,
    () => false,
  );
  const confirmed = await Promise.race([commit, Bun.sleep(2_000).then(() => false)]);
  await sql.end({ timeout: 0 });
  return confirmed;
}

function answers({ apiPort }: Member, path: string): Promise<boolean> {
  return fetch(`http://127.0.0.1:${apiPort}${path}`, { signal: AbortSignal.timeout(2_000) }).then(
    ({ status }) => status === 200,
    () => false,
  );
}

/** PostgreSQL refuses to run as root. */
function run(command: readonly string[]): Bun.Subprocess<"ignore", "ignore", "ignore"> {
  const asOther = process.getuid?.() === 0;
  const prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"];
  return Bun.spawn([...(asOther ? prefix : []), ...command], {
    cwd: "/",
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
}

function own(path: string): void {
  if (process.getuid?.() !== 0) return;
  const ids = Bun.spawnSync(["sh", "-c", "id -u postgres; id -g postgres"]).stdout.toString().split("\n");
  chownSync(path, Number(ids[0]), Number(ids[1]));
}

/** With everything that it has started, at once. */
async function end(root: Bun.Subprocess): Promise<void> {
  for (const pid of familyOf(root.pid)) sendSignal(pid, "SIGKILL");
  await root.exited;
}

/** The machine is gone: Patroni first, which would start its PostgreSQL again. */
async function endMember({ process, data }: Member): Promise<void> {
  const postmaster = postmasterOf(data);
  const family = [...familyOf(process.pid), ...(postmaster === undefined ? [] : familyOf(postmaster))];
  for (const pid of family) sendSignal(pid, "SIGKILL");
  await process.exited;
}

/** Patroni lets go of the server that it has started: it is found by its file. */
function postmasterOf(data: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(data, "postmaster.pid"), "utf8").split("\n")[0]);
    // The file of a server that was killed stays, and its number may be another process's by now.
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(data) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function newestPrograms(): string | undefined {
  const root = "/usr/lib/postgresql";
  try {
    const versions = readdirSync(root)
      .map(Number)
      .filter((version) => version >= 15);
    return versions.length === 0 ? undefined : join(root, String(Math.max(...versions)), "bin");
  } catch {
    return undefined;
  }
}
