/**
 * A container engine without a registry: Debian's podman with a storage of its own, and images made from Debian's
 * packages under the names that the Dockerfile and docker-compose.yml ask for. See ops/README.md for what such
 * stand-ins do not prove.
 * @module
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

const PACKAGES = ["podman", "buildah", "runc", "debootstrap", "netavark", "aardvark-dns", "iptables"];
const PROGRAMS = ["podman", "buildah", "runc", "debootstrap", "iptables", "docker-compose"];
/** In the stand-in for every base image but Alpine's. */
const INCLUDED = "ca-certificates,postgresql,redis-server,haproxy,wget,busybox-static";
/** What the executable loads, and how names are looked up. */
const GLIBC = [
  ...["libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "ld-linux-x86-64.so.2"].map(
    (name) => `lib/x86_64-linux-gnu/${name}`,
  ),
  "etc/ssl/certs/ca-certificates.crt",
];
/** A container may have no more than whoever starts it: some machines allow 20,000. */
const LIMITS = `default_ulimits = ["nofile=1024:20000", "nproc=1024:4096"]`;

/** What the image of PostgreSQL does at its start, as far as compose relies on it. */
const POSTGRES_ENTRY = `#!/bin/bash
set -eu
export PATH=$(echo /usr/lib/postgresql/*/bin):$PATH PGDATA=/var/lib/postgresql/data
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" && chown -R postgres "$PGDATA" && chmod 700 "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  initdb --username="$POSTGRES_USER" --pwfile=<(echo "$POSTGRES_PASSWORD") --auth-host=scram-sha-256 --auth-local=trust
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  pg_ctl --wait start --options="-c listen_addresses='' -c unix_socket_directories=/tmp"
  export PGHOST=/tmp
  createdb --username="$POSTGRES_USER" "$POSTGRES_DB"
  for script in /docker-entrypoint-initdb.d/*.sh; do "$script"; done
  pg_ctl --wait stop
fi
exec "$@" -D "$PGDATA" -c "listen_addresses=*" -c unix_socket_directories=/tmp
`;

/** See the module. */
export interface Engine {
  /** Runs podman. @returns What it printed. @throws Error with that when it fails. */
  podman(...args: string[]): Promise<string>;
  /** Runs a program with the engine's environment. */
  run(args: readonly string[], options?: RunOptions): Promise<string>;
  /** For a process that is started by hand. */
  readonly env: Readonly<Record<string, string>>;
  readonly podmanArgs: readonly string[];
  stop(): Promise<void>;
}

interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** The exit code does not matter. */
  readonly mayFail?: boolean;
}

/** @returns What is missing here, for people; undefined when all is there. */
export function whatIsMissing(): string | undefined {
  if (process.getuid?.() !== 0) return "containers are built and run as root";
  const missing = PROGRAMS.filter((program) => Bun.which(program) === null);
  if (missing.length > 0 || !existsSync("/usr/lib/podman/netavark")) {
    return `missing: ${missing.join(", ")}; apt-get install --no-install-recommends ${PACKAGES.join(" ")} docker-compose`;
  }
  // The first one is not what operators have, and does not know containers again that it has made on podman.
  const { stdout } = Bun.spawnSync(["docker-compose", "version", "--short"]);
  if (/^2/.test(stdout.toString())) return undefined;
  return "docker-compose 2 is needed: Debian 13's package docker-compose, which installs on Debian 12 as well";
}

/** @param folder For storage, base images and the socket; what is in it is used again. */
export async function startEngine(folder: string): Promise<Engine> {
  mkdirSync(folder, { recursive: true });
  const configuration = join(folder, "containers.conf");
  writeFileSync(
    configuration,
    `[containers]\n${LIMITS}\n[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n[network]\nnetwork_backend = "netavark"\n`,
  );
  const socket = join(folder, "podman.sock");
  const storage = ["--root", join(folder, "storage"), "--runroot", join(folder, "run")];
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    CONTAINERS_CONF: configuration,
    DOCKER_HOST: `unix://${socket}`,
  };

  async function run(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const child = Bun.spawn([...args], {
      cwd: options.cwd,
      env: { ...env, ...options.env },
      stdin: options.stdin === undefined ? "ignore" : Buffer.from(options.stdin),
      stdout: "pipe",
      stderr: "pipe",
    });
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    const code = await child.exited;
    if (code !== 0 && !options.mayFail) throw new Error(`${args.join(" ")} ended with ${code}\n${out}${err}`);
    return out;
  }

  const podmanArgs = ["podman", ...storage];
  const service = Bun.spawn([...podmanArgs, "system", "service", "--time=0", `unix://${socket}`], {
    env,
    stdio: ["ignore", "ignore", "ignore"],
  });
  // Containers of two networks talk to their proxy and their name server through the host.
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
  let stopped = false;
  // Where systemd does not run nobody calls the health checks, which depends_on waits for.
  const watching = (async () => {
    while (!stopped) {
      const ids = (await run([...podmanArgs, "ps", "-q"], { mayFail: true })).split("\n").filter(Boolean);
      for (const id of ids) await run([...podmanArgs, "healthcheck", "run", id], { mayFail: true });
      await Bun.sleep(2_500);
    }
  })();
  return {
    podman: (...args) => run([...podmanArgs, ...args]),
    run,
    env,
    podmanArgs,
    async stop() {
      stopped = true;
      await watching;
      service.kill();
      await service.exited;
    },
  };
}

/** Makes the images that the two files begin with, unless they are there. */
export async function makeStandIns(engine: Engine, folder: string, names: StandInNames): Promise<void> {
  const tree = join(folder, "tree");
  const done = join(folder, "tree.done");
  if (!existsSync(done) || readFileSync(done, "utf8") !== INCLUDED) {
    rmSync(tree, { recursive: true, force: true });
    await engine.run(["debootstrap", "--variant=minbase", `--include=${INCLUDED}`, "bookworm", tree]);
    writeFileSync(done, INCLUDED);
  }
  // This machine's certificates: there may be a proxy before the registry of packages.
  copyFileSync("/etc/ssl/certs/ca-certificates.crt", join(tree, "etc/ssl/certs/ca-certificates.crt"));
  copyFileSync(realpathSync(process.execPath), join(tree, "usr/local/bin/bun"));
  chmodSync(join(tree, "usr/local/bin/bun"), 0o755);
  writeFileSync(join(tree, "usr/local/bin/postgres-entry"), POSTGRES_ENTRY, { mode: 0o755 });
  // Where Alpine has them.
  for (const name of ["libstdc++.so.6", "libgcc_s.so.1"]) {
    copyFileSync(realpathSync(join(tree, "usr/lib/x86_64-linux-gnu", name)), join(tree, "usr/lib", name));
  }
  const images = imagesOf(names);
  // Packing the tree takes longer than everything else.
  const made = join(folder, "images.json");
  const wanted = JSON.stringify({
    images,
    names,
    bun: Bun.version,
    entry: Bun.hash(POSTGRES_ENTRY).toString(),
  });
  if (existsSync(made) && readFileSync(made, "utf8") === wanted) return;
  const layer = join(folder, "tree.tar");
  await engine.run(["tar", "-C", tree, "--exclude=./proc/*", "--exclude=./sys/*", "-cf", layer, "."]);
  for (const [name, changes] of Object.entries(images)) {
    await engine.podman("import", ...changes.flatMap((change) => ["--change", change]), layer, name);
  }
  await engine.run(["tar", "-C", makeSmallTree(folder, tree), "-cf", layer, "."]);
  await engine.podman("import", layer, names.alpine);
  rmSync(layer);
  writeFileSync(made, wanted);
}

/** @returns A tree like Alpine's: Busybox and a C library, no Bun; of glibc, though, because there is no other here. */
function makeSmallTree(folder: string, tree: string): string {
  const small = join(folder, "small");
  rmSync(small, { recursive: true, force: true });
  for (const path of ["bin", "lib64", "tmp", "usr/lib", "usr/local/bin", "var/lib"]) {
    mkdirSync(join(small, path), { recursive: true });
  }
  chmodSync(join(small, "tmp"), 0o1777);
  for (const path of GLIBC) {
    mkdirSync(dirname(join(small, path)), { recursive: true });
    copyFileSync(realpathSync(join(tree, path)), join(small, path));
    chmodSync(join(small, path), 0o755);
  }
  symlinkSync("../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", join(small, "lib64/ld-linux-x86-64.so.2"));
  copyFileSync(join(tree, "bin/busybox"), join(small, "bin/busybox"));
  // Debian's Busybox has no nice; Alpine's has.
  copyFileSync(join(tree, "usr/bin/nice"), join(small, "bin/nice"));
  for (const name of ["sh", "wget", "mkdir", "chown"]) {
    symlinkSync("busybox", join(small, "bin", name));
  }
  return small;
}

function imagesOf(names: StandInNames): Record<string, string[]> {
  return {
    [names.bun]: ["ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt"],
    [names.postgres]: [`ENTRYPOINT ["/usr/local/bin/postgres-entry"]`, "CMD postgres"],
    [names.redis]: ["CMD redis-server"],
    [names.haproxy]: [`CMD ["haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]`],
  };
}

/** Full names of the images that have stand-ins. */
export interface StandInNames {
  readonly bun: string;
  readonly alpine: string;
  readonly postgres: string;
  readonly redis: string;
  readonly haproxy: string;
}

/** @returns The names that the Dockerfile and docker-compose.yml give. */
export function namesIn(root: string): StandInNames {
  const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
  const { services } = Bun.YAML.parse(readFileSync(join(root, "docker-compose.yml"), "utf8")) as {
    services: Record<string, { image: string }>;
  };
  const official = (name: string) => `docker.io/library/${services[name]!.image}`;
  return {
    bun: `docker.io/${/^FROM (oven\S+)/m.exec(dockerfile)![1]}`,
    alpine: `docker.io/library/${/^FROM (alpine\S+)/m.exec(dockerfile)![1]}`,
    postgres: official("postgres"),
    redis: official("redis"),
    haproxy: official("proxy"),
  };
}
