/** What only staff hear nobody else hears, and nothing that the server says may be said by a client. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { SERVER_EVENTS } from "../../../server/protocol/events.ts";
import { fingerprint } from "../../harness/fingerprint.ts";
import { startNodes } from "../../harness/nodes.ts";
import { openSocket, type TestSocket } from "../../harness/socket.ts";

setDefaultTimeout(30_000);

const nodes = await startNodes(1);
const [node] = nodes.nodes as [(typeof nodes.nodes)[number]];
const { request, context, url } = node;
const { sql } = context.database;
afterAll(() => nodes.close());

test("what only staff hear nobody else hears, and nothing that the server says may be said by a client", async () => {
  const { ana: owner, ben: peer } = await nodes.createPair();
  const moderator = await nodes.createUser({ role: "moderator" });
  const outsider = await nodes.createUser();
  const sockets = await Promise.all(
    [owner, peer, outsider, moderator].map(({ token }) => openSocket(url, { token })),
  );
  const [ofOwner, ofPeer, ofOutsider, ofModerator] = sockets as [
    TestSocket,
    TestSocket,
    TestSocket,
    TestSocket,
  ];
  await ofModerator.call("admin_subscribe", { stats: true });
  const body = { reason: "spam", description: "Words" };
  await request("POST", `/api/v1/users/${peer.id}/report`, { token: owner.token, body });
  await request("POST", `/api/v1/users/${peer.id}/block`, { token: owner.token, body: {} });
  for (const event of ["report_created", "block_created", "admin_stats"]) await ofModerator.event(event);
  const staffOnly = Object.entries(SERVER_EVENTS)
    .filter(([, spec]) => "staff" in spec && spec.staff)
    .map(([name]) => name);
  expect(staffOnly.length).toBeGreaterThan(3);
  for (const socket of [ofOwner, ofPeer, ofOutsider]) {
    expect(socket.frames.filter(({ event }) => staffOnly.includes(event))).toEqual([]);
  }
  // The stranger heard nothing of the two at all.
  expect(ofOutsider.frames.map(({ event }) => event)).toEqual(["authenticated"]);
  const before = await fingerprint(sql);
  for (const event of Object.keys(SERVER_EVENTS)) {
    const answer = await ofOutsider.call(event, { user_id: owner.id, token: owner.token });
    expect([event, answer.event, answer.data.code]).toEqual([event, "error", "VALIDATION_ERROR"]);
  }
  expect(await fingerprint(sql)).toEqual(before);
  await Promise.all(sockets.map((socket) => socket.close()));
});
