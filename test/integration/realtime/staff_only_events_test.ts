/** Staff-only events reach staff only, and clients cannot send server events. @module */
import { afterAll, expect, test } from "bun:test";
import { SERVER_EVENTS } from "../../../server/protocol/events.ts";
import { eventually } from "../../harness/eventually.ts";
import { fingerprint } from "../../harness/fingerprint.ts";
import { startNodes } from "../../harness/nodes.ts";
import { openSocket, type TestSocket } from "../../harness/socket.ts";

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

test("a moderator hears nothing of what is about them, and sees no number move", async () => {
  const [reporter, second] = [await nodes.createUser(), await nodes.createUser()];
  const viewer = await nodes.createUser({ role: "moderator" });
  const admin = await nodes.createUser({ role: "admin" });
  const sockets = await Promise.all([viewer, admin].map(({ token }) => openSocket(url, { token })));
  const [ofViewer, ofAdmin] = sockets as [TestSocket, TestSocket];
  await ofViewer.call("admin_subscribe", { stats: true });
  await ofAdmin.call("admin_subscribe", { stats: true });
  // Numbers may be a second old: begin with those of now.
  const [open] = await sql<{ n: number }[]>`
    select count(*)::int as n from user_reports where status in ('pending', 'reviewed')
  `;
  const numbersOf = (socket: TestSocket) => socket.frames.filter(({ event }) => event === "admin_stats");
  const first = await eventually(() => {
    const newest = numbersOf(ofViewer).at(-1)?.data.reports;
    return newest?.open === open!.n ? newest : undefined;
  });
  const before = numbersOf(ofViewer).length;

  const asAdmin = (path: string, body: object) =>
    request("POST", `/api/v1/admin${path}`, { token: admin.token, body });
  const filed = await request("POST", `/api/v1/users/${viewer.id}/report`, {
    token: reporter.token,
    body: { reason: "spam" },
  });
  await request("POST", `/api/v1/users/${viewer.id}/report`, {
    token: second.token,
    body: { reason: "scam" },
  });
  await request("POST", `/api/v1/users/${viewer.id}/block`, { token: reporter.token, body: {} });
  const id = filed.body.data.report_id;
  await asAdmin(`/reports/${id}/claim`, {});
  await asAdmin(`/reports/${id}/notes`, { text: "hm" });
  // The admin hears of all of it, and sees the two in the numbers.
  for (const event of ["report_created", "report_updated", "block_created"]) await ofAdmin.event(event);
  await eventually(() => numbersOf(ofAdmin).at(-1)?.data.reports.open === first.open + 2);
  const about = ofViewer.frames.filter(({ event }) => /^(report|block)_/.test(event));
  expect(about).toEqual([]);
  const numbers = numbersOf(ofViewer).slice(before);
  expect(numbers.length).toBeGreaterThan(0);
  for (const { data } of numbers) expect(data.reports).toEqual(first);
  await Promise.all(sockets.map((socket) => socket.close()));
});
