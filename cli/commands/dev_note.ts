/**
 * The file in the data folder that records a running `vibes dev`, so that a second start can report where the first one
 * is.
 * @module
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sendSignal } from "../../server/db/embedded/processes.ts";
import { freePort, type ListenError } from "../../server/lib/ports.ts";
import { CliError, EXIT } from "../output.ts";

interface Note {
  readonly pid: number;
  readonly url: string;
}

const FILE = "server.json";
/** Timeout of the liveness check of the server that a note names, ms. */
const ANSWER_MS = 500;

/** Writes the note of this process. @returns Removes it. */
export function leaveNote(dataDir: string, url: string): () => void {
  writeFileSync(join(dataDir, FILE), JSON.stringify({ pid: process.pid, url } satisfies Note));
  return () => {
    if (readNote(dataDir)?.pid === process.pid) rmSync(join(dataDir, FILE), { force: true });
  };
}

function readNote(dataDir: string): Note | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, FILE), "utf8")) as Note;
  } catch {
    return undefined;
  }
}

/**
 * Checks before anything is started: no other `vibes dev` runs on the folder, and the port is free.
 * @throws CliError
 */
export async function requireFree(where: { dataDir: string; host: string; port: number }): Promise<void> {
  await requireAlone(where.dataDir);
  await freePort(where.host, where.port).catch((error: ListenError) => {
    // Whatever else is wrong with the address, listening on it will report.
    if (error.code === "EADDRINUSE") throw portTaken(where);
  });
}

/** @throws CliError when `vibes dev` runs on the folder already. */
export async function requireAlone(dataDir: string): Promise<void> {
  const note = readNote(dataDir);
  // Another process may have got its pid since: only a server that answers counts.
  if (note === undefined || !sendSignal(note.pid, 0) || !(await answers(note.url))) return;
  throw alreadyRuns(note.pid, note.url);
}

/** @param url Unknown while the other one is still starting. */
export function alreadyRuns(pid: number, url?: string): CliError {
  return new CliError(`Cannot start: \`vibes dev\` already runs as pid ${pid}${url ? ` at ${url}` : ""}`, {
    code: "ALREADY_RUNNING",
    exitCode: EXIT.locked,
    hint: `use that one, stop it with \`kill ${pid}\`, or give another folder in DATA_DIR and another --port`,
  });
}

export function portTaken({ host, port }: { host: string; port: number }): CliError {
  return new CliError(`Cannot listen on ${host}:${port}: another program uses the port`, {
    code: "PORT_TAKEN",
    exitCode: EXIT.usage,
    hint: `take another one: \`vibes dev --port ${port < 65_000 ? port + 1 : 3000}\`, or --port 0 for any that is free`,
  });
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/livez`, { signal: AbortSignal.timeout(ANSWER_MS) })).ok;
  } catch {
    return false;
  }
}
