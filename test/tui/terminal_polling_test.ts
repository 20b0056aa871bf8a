/** Behind a proxy that lets HTTP through and no WebSocket, the dashboard reads over REST instead of listening, and says so. @module */
import { afterAll, test } from "bun:test";
import { startUpgradeGate } from "../harness/upgrade_gate.ts";
import { startWorld } from "./moderated_world.ts";
import { openTerminal } from "./real_terminal.ts";

const world = await startWorld();
afterAll(() => world[Symbol.asyncDispose]());
const { node, url, ana, ben, reports, people } = world;

test("without a socket it asks over REST every few seconds, works, and listens again when it can", async () => {
  await using gate = await startUpgradeGate(Number(new URL(url).port));
  gate.block();
  await using terminal = openTerminal({ url: gate.url, token: ana.token });
  await terminal.shows(/Reports 1-9 of 9/);
  await terminal.shows("RECONNECTING");
  await terminal.shows("The live stream cannot be opened: reading every 3 s instead");
  await terminal.shows("POLLING");

  // What others do comes with the next answer.
  await world.report({ by: people.get("Kim")!, about: people.get("sam")!, reason: "scam" });
  await node.request("POST", `/api/v1/admin/reports/${reports.get("kit")!}/claim`, { token: ben.token });
  // Unless the answer that begins the polling has it already.
  await terminal.shows(/1 new: press R|Reports 1-10 of 10/);
  await terminal.shows(/ kit .* @ben/);

  // Reports are worked on as ever.
  terminal.press("jc");
  await terminal.shows(/is yours for 10 minutes/);
  terminal.press("3");
  await terminal.shows("Live, but read every 3 s: the stream cannot be opened");
  await terminal.shows(/open reports +10/);

  gate.unblock();
  await terminal.shows("Connected again");
  await terminal.shows(/LIVE \d+ms/);
  await terminal.hides("POLLING");
  await terminal.hides("read every");
});
