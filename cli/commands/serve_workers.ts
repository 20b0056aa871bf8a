/**
 * Supervises several server processes on one port (SO_REUSEPORT), one a core: starts them, restarts those that die,
 * and stops them together. Each worker is a complete node.
 * @module
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Config } from "../../server/config/mod.ts";
import { freePort } from "../../server/lib/ports.ts";
import { isExecutable } from "../../server/lib/resources.ts";
import { onSignals } from "../../server/lib/shutdown.ts";
import { createLog } from "../../server/log.ts";
import { CliError, EXIT, type Io } from "../output.ts";

interface WorkersOptions {
  readonly count: number;
  readonly config: Config;
  readonly io: Io;
}

/** Pause before a dead worker is restarted, ms: one that fails at once must not be restarted in a tight loop. */
const RESTART_MS = 1_000;
const MAX_WORKERS = 256;

/**
 * @returns The number that the text writes.
 * @throws CliError usage
 */
export function parseWorkers(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_WORKERS) return count;
  throw usage(`Cannot serve with ${JSON.stringify(text)} workers`, `a whole number from 1 to ${MAX_WORKERS}`);
}

/**
 * Serves with many processes until SIGTERM or SIGINT; a second signal kills them.
 *
 * @returns Whether all of them closed well.
 * @throws CliError without Redis, which workers need to reach each other; ListenError
 */
export async function serveWithWorkers({ count, config, io }: WorkersOptions): Promise<boolean> {
  if (config.redisUrls.length === 0) {
    throw usage(
      `Cannot serve with ${count} workers: REDIS_URL is not set`,
      "workers tell each other of messages through Redis; set REDIS_URL, or serve without --workers",
    );
  }
  // Checked without SO_REUSEPORT: workers would silently share the port with another program that sets it.
  const port = await freePort(config.host, config.port);
  const { logLevel: level, mode } = config;
  const write = (line: string) => void io.stdout.write(line);
  const log = createLog({ level, mode, write }).child({ component: "supervisor" });
  const workers = new Map<number, Bun.Subprocess>();
  const ending = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<number>();
  let stopping = false;

  function start(index: number): Bun.Subprocess {
    const metrics = config.metricsPort === null ? {} : { METRICS_PORT: String(metricsPort(config, index)) };
    // The executable needs no script; in a checkout this is the script and its arguments.
    const args = [...process.argv.slice(isExecutable ? 2 : 1), "--worker", "--port", String(port)];
    return Bun.spawn([process.execPath, ...args], {
      env: { ...io.env, ...metrics },
      stdio: ["ignore", "inherit", "inherit"],
      // The channel closes with this process: that tells the worker to stop.
      ipc: () => {},
    });
  }

  async function keep(index: number): Promise<boolean> {
    for (let first = true; ; first = false) {
      const worker = start(index);
      workers.set(index, worker);
      if (stopping) worker.kill("SIGTERM");
      const code = await worker.exited;
      workers.delete(index);
      if (stopping) return code === 0;
      // A first start that fails so is a wrong configuration, which the worker has reported.
      if (first && KNOWN_CODES.has(code)) {
        failed.resolve(code);
        return false;
      }
      log.warn(
        { worker: index + 1, worker_pid: worker.pid, exit_code: code },
        "Worker exited: restarting it",
      );
      await Promise.race([wait(RESTART_MS), ending.promise]);
      if (stopping) return true;
    }
  }

  function stop(signal: NodeJS.Signals): void {
    stopping = true;
    ending.resolve();
    for (const worker of workers.values()) worker.kill(signal);
  }

  const off = onSignals(["SIGTERM", "SIGINT"], () => stop("SIGTERM"), {
    onSecond: () => stop("SIGKILL"),
    source: io.signals,
  });
  try {
    const all = Promise.all(Array.from({ length: count }, (_, index) => keep(index)));
    const code = await Promise.race([all.then(() => undefined), failed.promise]);
    if (code !== undefined) stop("SIGTERM");
    const clean = await all;
    if (code !== undefined) throw refused(code);
    return clean.every(Boolean);
  } finally {
    off();
  }
}

const KNOWN_CODES: ReadonlySet<number> = new Set([EXIT.usage, EXIT.gate, EXIT.drift, EXIT.unreachable]);

function metricsPort({ metricsPort: base }: Config, index: number): number {
  return base === null || base === 0 ? 0 : base + index;
}

/**
 * Stops a worker in order when its parent is gone.
 *
 * @returns Closes the channel to the parent; until then it keeps the process alive.
 */
export function endWithParent(): () => void {
  const end = () => process.kill(process.pid, "SIGTERM");
  process.once("disconnect", end);
  return () => {
    process.off("disconnect", end);
    if (process.connected) process.disconnect?.();
  };
}

function usage(message: string, hint: string): CliError {
  return new CliError(message, { code: "WORKERS", exitCode: EXIT.usage, hint });
}

function refused(code: number): CliError {
  const exitCode = Object.values(EXIT).find((known) => known === code) ?? EXIT.failed;
  return new CliError("Cannot serve: a worker did not start", { code: "WORKERS", exitCode });
}
