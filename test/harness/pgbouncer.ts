/**
 * A pgbouncer before a test's database. Without `pgbouncer` the tests are skipped loudly, and fail in CI.
 * @module
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../server/lib/ports.ts";

/** Whether there is a pgbouncer; asked once, it complains when there is none. */
export const hasPgbouncer: boolean = Bun.which("pgbouncer") !== null;
if (!hasPgbouncer) {
  if (process.env.CI) throw new Error("Cannot test behind a pooler: pgbouncer is not on PATH");
  console.warn("\n⚠ pgbouncer is not on PATH: everything that needs it is SKIPPED\n");
}

/** A running pgbouncer. */
export interface TestPgbouncer {
  /** The same database through it. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts one that passes no settings on, as a managed pooler does: a connection with more than its role's is refused. */
export async function startPgbouncer(
  url: string,
  options: {
    readonly mode: "session" | "transaction";
    /** At most. */
    readonly sessions?: number;
    /** Keeps prepared statements, which Debian's cannot. */
    readonly prepared?: boolean;
  },
): Promise<TestPgbouncer> {
  const { mode, sessions = 4, prepared = false } = options;
  const { hostname, port, username, password, pathname } = new URL(url);
  const folder = mkdtempSync(join(tmpdir(), "vibes-pgbouncer-"));
  chmodSync(folder, 0o755);
  const own = await freePort("127.0.0.1", 0);
  const file = join(folder, "pgbouncer.ini");
  const settings = [
    "[databases]",
    `* = host=${hostname} port=${port} user=${username} password=${decodeURIComponent(password)}`,
    "[pgbouncer]",
    `listen_addr = 127.0.0.1\nlisten_port = ${own}\nunix_socket_dir =\nauth_type = any`,
    `pool_mode = ${mode}\ndefault_pool_size = ${sessions}`,
    prepared ? "max_prepared_statements = 200" : "",
    // It refuses to run as root.
    process.getuid?.() === 0 ? "user = nobody" : "",
  ];
  writeFileSync(file, settings.join("\n"));
  const pooler = Bun.spawn(["pgbouncer", file], { stdout: "ignore", stderr: "pipe" });
  for await (const chunk of pooler.stderr) if (Buffer.from(chunk).includes("process up")) break;
  return {
    url: `postgres://${username}@127.0.0.1:${own}${pathname}`,
    async stop() {
      pooler.kill();
      await pooler.exited;
      rmSync(folder, { recursive: true });
    },
  };
}
