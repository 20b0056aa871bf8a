/**
 * Checks before a run: the target may be loaded, the server answers with its limits off, and enough descriptors are
 * available. It changes nothing.
 * @module
 */
import { readFileSync } from "node:fs";
import { createRest, RequestFailure } from "../../client/mod.ts";
import { CliError, EXIT } from "../output.ts";

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** Descriptors beside sockets. */
const SPARE = 128;

/** @throws CliError for another machine, unless that was asked for. */
export function checkTarget(url: string, { allowRemote }: { allowRemote: boolean }): void {
  let host: string;
  try {
    host = new URL(url).hostname;
  } catch {
    throw refusal(`${JSON.stringify(url)} is no address`, "write --url http://127.0.0.1:3000");
  }
  if (LOOPBACK.test(host) || allowRemote) return;
  throw refusal(`${host} is another machine`, "give --allow-remote when it is yours and may be loaded");
}

/** @throws CliError when nothing answers there, or it is not ready. */
export async function checkServer(url: string): Promise<void> {
  try {
    await createRest({ url, timeoutMs: 3_000 })("/readyz");
  } catch (error) {
    const { message } = error as Error;
    throw new CliError(`Cannot reach a server at ${url}: ${message}`, {
      code: "SERVER_UNREACHABLE",
      exitCode: EXIT.unreachable,
      hint: "start one with `LIMITS=off vibes dev` in another terminal, or name another with --url",
      cause: error,
    });
  }
}

/**
 * A limited answer says how much is left; where nothing is ever missing, nothing is counted.
 *
 * @param token Of somebody who was just made.
 * @throws CliError when the server does not know them, or counts.
 */
export async function checkLimits(url: string, token: string): Promise<void> {
  const { headers } = await createRest({ url, token })("/api/v1/users/profile").catch((error: unknown) => {
    if (!(error instanceof RequestFailure) || error.code !== "UNAUTHORIZED") throw error;
    throw refusal(
      `the server at ${url} does not know the people that were made for the test`,
      "it uses another database or JWT_SECRET than this command: give both the same configuration",
    );
  });
  const [, allowed] = /;q=(\d+)/.exec(headers.get("ratelimit-policy") ?? "") ?? [];
  const [, left] = /;r=(\d+)/.exec(headers.get("ratelimit") ?? "") ?? [];
  if (allowed !== undefined && allowed === left) return;
  throw refusal(
    "the server's rate limits are on, and would be what is measured",
    "start the server with LIMITS=off; or give --with-limits to measure what they let through",
  );
}

/** @throws CliError when so many sockets cannot be opened here. */
export function checkDescriptors(sockets: number): void {
  const most = descriptorLimit();
  if (most === undefined || sockets + SPARE <= most) return;
  throw refusal(
    `${sockets} sockets need more descriptors than the ${most} of this process`,
    `ulimit -n ${sockets + SPARE}, fewer --users or fewer --devices`,
  );
}

/** @returns The soft limit of this process, where the system says it. */
export function descriptorLimit(): number | undefined {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}

function refusal(state: string, hint: string): CliError {
  return new CliError(`Cannot run the load test: ${state}`, {
    code: "REFUSED",
    exitCode: EXIT.usage,
    hint,
  });
}
