/**
 * How fast people come back after a restart: connections opened and authenticated a second, and how long one takes,
 * against bare Bun sockets that are only upgraded. `bun run bench storm`. Options: --sockets 6000, --parallel 64.
 * @module
 */
import { SCENARIOS } from "../../cli/load/catalogue.ts";
import { descriptorLimit } from "../../cli/load/preflight.ts";
import { openEmulatedTerminal, startRelay } from "./our_server.ts";
import { handIn, type Row, readNumbers, say } from "./report.ts";
import { openWebSocket, ourDialect } from "./ws_generator.ts";

const options = readNumbers({ sockets: 6_000, parallel: 64 });
/** Descriptors that a process needs for other things than sockets. */
const SPARE = 500;
const PARALLEL = options.parallel;
const SOCKETS = Math.min(options.sockets, (descriptorLimit() ?? 4_096) - SPARE);
/** They are opened first and not counted: a new process compiles. */
const WARM_UP = 500;

interface Storm {
  readonly perSecond: number;
  readonly p99: number;
}

/** Keeps so many connections in the making until all are open. */
async function storm(open: (person: number) => Promise<WebSocket>): Promise<Storm> {
  const sockets: WebSocket[] = [];
  const times: number[] = [];
  let next = 0;
  let start = performance.now();
  const arrive = async () => {
    while (next < SOCKETS) {
      const person = next++;
      if (person === WARM_UP) start = performance.now();
      const began = performance.now();
      sockets.push(await open(person));
      if (person >= WARM_UP) times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, arrive));
  const perSecond = times.length / ((performance.now() - start) / 1_000);
  for (const socket of sockets) socket.close();
  times.sort((a, b) => a - b);
  return { perSecond, p99: times[Math.floor(times.length * 0.99)]! };
}

async function bare(): Promise<Storm> {
  const { child, url } = await startRelay();
  await using _ = child;
  say(`bare relay: ${SOCKETS} upgrades`);
  const address = url.replace("http", "ws");
  return await storm((person) => openWebSocket(`${address}/${person}`));
}

async function ours(): Promise<Storm> {
  await using screen = await openEmulatedTerminal();
  const { people } = await screen.people("storm", SCENARIOS["connect-storm"].layout(SOCKETS));
  const { child, url } = await screen.server();
  await using _ = child;
  say(`ours: ${SOCKETS} connections`);
  return await storm(ourDialect(url, people).open);
}

const raw = await bare();
const run = await ours();
const of = "bare Bun sockets, upgraded";
const rows: Row[] = [
  {
    what: "connections a second, opened and authenticated",
    ours: run.perSecond,
    limit: { value: raw.perSecond, of },
  },
  { what: "one of them in that storm, p99, ms", ours: run.p99, limit: { value: raw.p99, of }, digits: 1 },
];
handIn({ rows, note: `${SOCKETS} people, ${PARALLEL} connecting at a time, all of whom stay` });
