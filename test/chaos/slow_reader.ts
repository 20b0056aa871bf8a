/**
 * Measures the latency of other clients with and without one client that does not read, alternating within one run.
 * @module
 */
import { ourDialect, Pairs } from "../bench/ws_generator.ts";
import { RawSocket } from "../harness/raw_socket.ts";
import type { Crowd, CrowdServer, CrowdSize } from "./crowd.ts";
import type { Findings } from "./outcome.ts";

/** Messages of the others, a second: a fraction of what the server can. */
const OTHERS_RATE = 400;
/** Messages to the slow one, a second, of about 4 KiB each: what the kernel buffers is full within seconds. */
const FLOOD_RATE = 400;
const FLOOD_EVERY_MS = 10;
/** Long enough for the kernel's buffers and our own to fill up, s. */
const TURN_S = 10;
const CONTENT = "😀".repeat(1000);
const MAX_WORSE = 0.1;

type Reading = "reads" | "stops";

/** The last two of the crowd are the one who is written to and the one who writes. */
export async function slowReader(crowd: Crowd, { sockets, cycles = 4 }: CrowdSize): Promise<Findings> {
  const server = await crowd.start();
  const others = new Pairs(ourDialect(server.url, crowd.people));
  const taken: Record<Reading, number[]> = { reads: [], stops: [] };
  await others.open(sockets / 2);
  await others.paced({ rate: OTHERS_RATE, seconds: 2 });
  for (let turn = 0; turn < cycles * 2; turn++) {
    const kind: Reading = turn % 2 === 0 ? "reads" : "stops";
    const endFlood = await flood(crowd, { server, kind });
    const { p99 } = await others.paced({ rate: OTHERS_RATE, seconds: TURN_S });
    await endFlood();
    taken[kind].push(p99);
  }
  others.close();
  return await judge(server, taken);
}

/** By the quietest turn of each kind: what a slow reader does to the others is in every turn, what else goes on is not. */
async function judge(server: CrowdServer, { reads, stops }: Record<Reading, number[]>): Promise<Findings> {
  const [before, after] = [Math.min(...reads), Math.min(...stops)];
  const closed = await server.metric("vibes_socket_closes_total", { label: 'code="4008"' }).catch(() => 0);
  const problems: string[] = [];
  if (after > before * (1 + MAX_WORSE)) problems.push("the others' p99 is more than 10% worse");
  if (closed < stops.length) problems.push(`closed ${closed} times in ${stops.length} turns`);
  const all = (taken: number[]) => taken.map((p99) => p99.toFixed(1)).join(" ");
  return {
    problems,
    figures: [
      `others' p99 ${before.toFixed(2)} ms while it reads, ${after.toFixed(2)} ms while it does not`,
      `(of the turns ${all(reads)}; ${all(stops)})`,
      `closed with 4008 ${closed} times`,
    ],
  };
}

/** Writes to one person without a pause, who reads or does not. @returns What ends it. */
async function flood(
  { people }: Crowd,
  { server, kind }: { server: CrowdServer; kind: Reading },
): Promise<() => Promise<void>> {
  const writer = people.length - 2;
  const headers = { authorization: `Bearer ${people[writer + 1]!.token}` };
  const reader = new RawSocket(server.url, { headers });
  await reader.opened;
  if (kind === "stops") reader.socket.pause();
  const dialect = ourDialect(server.url, people);
  const socket = await dialect.open(writer);
  let id = 0;
  const timer = setInterval(() => {
    for (let i = 0; i < (FLOOD_RATE * FLOOD_EVERY_MS) / 1_000; i++) {
      socket.send(dialect.frame(writer, { id: ++id, content: CONTENT }));
    }
  }, FLOOD_EVERY_MS);
  return async () => {
    clearInterval(timer);
    socket.close();
    reader.socket.destroy();
    await reader.gone;
  };
}
