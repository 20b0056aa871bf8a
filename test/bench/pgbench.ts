/**
 * PostgreSQL's own load generator, with a script of the bench's: what plain transactions cost on the same server.
 * @module
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cpuOfFamily } from "./machine.ts";

/** What a run measured. */
export interface Transactions {
  readonly perSecond: number;
  /** Processor time of pgbench for one, microseconds. */
  readonly clientUs: number;
  /** The same of PostgreSQL; NaN where /proc is not. */
  readonly databaseUs: number;
}

interface PgbenchOptions {
  readonly url: string;
  /** The transaction, in pgbench's language. */
  readonly script: string;
  readonly clients: number;
  readonly seconds: number;
  /** Process of the server. */
  readonly postmaster: number;
}

/** @returns Undefined when there is no pgbench on PATH. @throws Error when it fails. */
export async function runPgbench(options: PgbenchOptions): Promise<Transactions | undefined> {
  const { clients, seconds, postmaster } = options;
  const program = Bun.which("pgbench");
  if (!program) return undefined;
  const script = join(tmpdir(), `vibes-bench-${process.pid}.sql`);
  await Bun.write(script, options.script);
  const { hostname, port, username, password, pathname } = new URL(options.url);
  const args = ["-n", "-M", "prepared", "-f", script, "-c", `${clients}`, "-j", "2", "-T", `${seconds}`];
  const before = cpuOfFamily(postmaster);
  const child = Bun.spawn([program, ...args, pathname.slice(1)], {
    env: {
      PATH: process.env.PATH,
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: username,
      PGPASSWORD: decodeURIComponent(password),
    },
    stdout: "pipe",
    stderr: "ignore",
  });
  const text = await new Response(child.stdout).text();
  await child.exited;
  const databaseUs = cpuOfFamily(postmaster) - before;
  await Bun.file(script).delete();
  const perSecond = Number(/tps = ([\d.]+)/.exec(text)?.[1]);
  if (Number.isNaN(perSecond)) throw new Error(`Cannot read pgbench's answer: ${text}`);
  const count = perSecond * seconds;
  return {
    perSecond,
    clientUs: Number(child.resourceUsage()?.cpuTime.total ?? 0n) / count,
    databaseUs: databaseUs / count,
  };
}
