/**
 * Memory of an idle, authenticated connection against one of bare Bun sockets. `bun run bench idle`. Option:
 * --idle 15000, cut to what descriptors allow.
 * @module
 */
import { SCENARIOS } from "../../cli/load/catalogue.ts";
import { descriptorLimit } from "../../cli/load/preflight.ts";
import type { Child } from "../harness/child.ts";
import { rssKib } from "./machine.ts";
import { openEmulatedTerminal, startRelay } from "./our_server.ts";
import { handIn, readNumbers, say } from "./report.ts";
import { openWebSocket, ourDialect } from "./ws_generator.ts";

/** Descriptors that a process needs for other things than sockets. */
const SPARE = 500;
const WARM_SOCKETS = 300;
/** Time in which the garbage of connecting is collected, so that what remains is the connection's. */
const SETTLING_MS = 4_000;

const { idle: wanted } = readNumbers({ idle: 15_000 });
const limit = descriptorLimit();
const count = Math.min(wanted, (limit ?? 4_096) - SPARE);

/** Memory of the server's process for each socket beyond the first few hundred. */
async function idle(child: Child, open: (person: number) => Promise<WebSocket>): Promise<number> {
  const sockets: WebSocket[] = [];
  const fill = async (to: number) => {
    while (sockets.length < to) {
      const from = sockets.length;
      const batch = Math.min(50, to - from);
      sockets.push(...(await Promise.all(Array.from({ length: batch }, (_, i) => open(from + i)))));
    }
    await Bun.sleep(SETTLING_MS);
    return rssKib(child.pid);
  };
  const before = await fill(WARM_SOCKETS);
  const after = await fill(count);
  for (const socket of sockets) socket.close();
  return (after - before) / (count - WARM_SOCKETS);
}

async function bare(): Promise<number> {
  const { child, url } = await startRelay();
  await using _ = child;
  say(`bare relay: ${count} idle connections`);
  const address = url.replace("http", "ws");
  return await idle(child, (person) => openWebSocket(`${address}/${person}`));
}

async function ours(): Promise<number> {
  await using screen = await openEmulatedTerminal();
  const { people } = await screen.people("idle", SCENARIOS["connect-storm"].layout(count));
  const { child, url } = await screen.server();
  await using _ = child;
  say(`ours: ${count} idle connections`);
  return await idle(child, ourDialect(url, people).open);
}

const raw = await bare();
handIn({
  rows: [
    {
      what: "an idle, authenticated connection, KiB",
      ours: await ours(),
      limit: { value: raw, of: "bare Bun sockets" },
      promise: { most: 6, of: "difference" },
      digits: 1,
    },
  ],
  note: `${count} idle connections (descriptors: ${limit ?? "limit unknown"} a process)`,
});
