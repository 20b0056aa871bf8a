/**
 * Who is notified and who is not: devices, the event log as the outbox, and the checks before sending.
 * @module
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { Push, type PushObserver } from "../../../server/features/push/mod.ts";
import type { Outcome } from "../../../server/features/push/providers/provider.ts";
import { createTestApp, type TestApp, type TestUser } from "../../harness/app.ts";
import { eventually } from "../../harness/eventually.ts";
import { RecordingProvider } from "../../harness/push/recording_provider.ts";
import { createStaff } from "../../harness/staff.ts";
import { createWorld, type World } from "../../harness/world.ts";

let app: TestApp;
let world: World;
let provider: RecordingProvider;
let push: Push;
const problems: unknown[] = [];

beforeAll(async () => {
  app = await createTestApp({ publish: (events) => push?.hint(events) });
  world = createWorld(app);
  provider = new RecordingProvider();
  push = open();
  push.start();
});
afterEach(() => {
  expect(problems).toEqual([]);
  provider.answers.length = 0;
});
afterAll(async () => {
  await push.close();
  await app.close();
});

/** The part of push of a process; the tests run several beside each other. */
function open({
  all = [provider],
  observer,
}: {
  all?: RecordingProvider[];
  observer?: PushObserver;
} = {}): Push {
  const { database, write } = app.context;
  return new Push({
    database,
    write,
    providers: { all, judge: () => undefined },
    observer,
    onError: (error) => problems.push(error),
    graceMs: 0,
    pollMs: 50,
    sweepSeconds: 3_600,
  });
}

let tokens = 0;
async function register(user: TestUser, more: object = {}): Promise<string> {
  const token = `device-token-${++tokens}`;
  const answer = await app.request("PUT", "/api/v1/devices/current", {
    token: user.token,
    body: { provider: "fcm", token, preview: "none", ...more },
  });
  expect(answer.status).toBe(200);
  return token;
}

async function pair() {
  const [ana, ben] = [await app.createUser({ name: "Ana" }), await app.createUser({ name: "Ben" })];
  const conversationId = await world.befriend(ana, ben);
  return { ana, ben, conversationId };
}

/** Waits until nothing of a person is due or being worked on. */
async function settled(user: TestUser): Promise<void> {
  const { sql } = app.context.database;
  await eventually(async () => {
    const [row] = await sql<{ open: number }[]>`
      with own as materialized (
        select id from messages where sender_id = ${user.id}
      ), newest as materialized (
        select coalesce(max(seq), 0) as seq from user_events
        where user_id = ${user.id} and event in ('new_message', 'request_received')
          and (message_id is null or message_id not in (select id from own))
      )
      select count(*)::int as open from devices d
      where d.user_id = ${user.id} and d.disabled_at is null
        and (d.due_at is not null or greatest(d.pushed_seq, d.received_seq) < (select seq from newest))
    `;
    return row!.open === 0;
  });
}

describe("who is notified", () => {
  test("a device that is away gets one notification a conversation, without a word of anybody", async () => {
    const { ana, ben, conversationId } = await pair();
    const token = await register(ben);
    await world.say(ana, ben, { content: "first secret" });
    await world.say(ana, ben, { content: "second secret" });
    await settled(ben);
    const notices = provider.to(token);
    expect(notices.at(-1)).toMatchObject({
      type: "new_message",
      conversationId,
      // Both, and the request that began it.
      badge: 3,
      title: "VibesMatch",
      body: "You have a new message",
      isPersonal: false,
    });
    expect(new Set(notices.map(({ collapseKey }) => collapseKey)).size).toBe(1);
    expect(JSON.stringify(provider.sent)).not.toContain("secret");
  });

  test("name and text are there only for a device that chose them", async () => {
    const { ana, ben } = await pair();
    const token = await register(ben, { preview: "text", locale: "de-AT" });
    await world.say(ana, ben, { content: "see you at eight" });
    await settled(ben);
    expect(provider.to(token)[0]).toMatchObject({ title: "Ana", body: "see you at eight", isPersonal: true });
    await register(ben, { token, preview: "name", locale: "de-AT" });
    await world.say(ana, ben, { content: "and bring the book" });
    await settled(ben);
    expect(provider.to(token).at(-1)).toMatchObject({ title: "Ana", body: "Du hast eine neue Nachricht" });
  });

  test("one's own messages, and what the device has received, are not notified; another device's receipt changes nothing", async () => {
    const { ana, ben } = await pair();
    const [phone, sender] = [await register(ben), await register(ana)];
    const web = await app.context.auth.signInAs(ben.id);
    const webDevice = await register({ ...ben, token: web.access_token });
    const { sql } = app.context.database;
    const [row] = await sql<{ sessionId: string; head: number }[]>`
      select d.session_id, l.last_seq::float8 as head from devices d join user_logs l on l.user_id = d.user_id
      where d.token = ${webDevice}
    `;
    const { sessionId, head } = row!;
    // The tab is open and has it before the grace is over.
    push.received(sessionId, head + 1);
    await world.say(ana, ben, { content: "to the phone only" });
    await settled(ben);
    expect(provider.to(phone)).toHaveLength(1);
    expect(provider.to(webDevice)).toEqual([]);
    expect(provider.to(sender)).toEqual([]);
  });

  test("a request, a match and a word from moderation are notified too", async () => {
    const [ana, ben] = [await app.createUser(), await app.createUser()];
    const token = await register(ben);
    const request = await app.request("POST", "/api/v1/messages/request", {
      token: ana.token,
      body: { receiver_id: ben.id, content: "Hi" },
    });
    await settled(ben);
    expect(provider.to(token).map(({ type }) => type)).toEqual(["request_received"]);
    const anas = await register(ana);
    await app.request("POST", `/api/v1/messages/request/${request.body.data.request_id}/respond`, {
      token: ben.token,
      body: { action: "accept" },
    });
    await eventually(() => provider.to(anas).some(({ type }) => type === "match_created"));
    await app.context.write(async ({ emit }) =>
      emit(ana.id, "moderation_notice", {
        notice: "sanction",
        kind: "warn",
        text: "Be kind",
        until: null,
        report_id: null,
      }),
    );
    await eventually(() => provider.to(anas).some(({ type }) => type === "moderation_notice"));
  });
});

describe("judged again when it is sent", () => {
  /** The device is due only when the test says so. */
  async function away() {
    const scene = await pair();
    const token = await register(scene.ben);
    const { sql } = app.context.database;
    await sql`update devices set due_at = now() + interval '1 hour' where token = ${token}`;
    const { message_id: messageId } = await world.say(scene.ana, scene.ben, { content: "still there?" });
    const go = async () => {
      await sql`update devices set due_at = now() where token = ${token}`;
      await settled(scene.ben);
      return provider.to(token).filter(({ type }) => type !== "read");
    };
    return { ...scene, token, messageId, go, sql };
  }

  test("it would be sent", async () => {
    expect(await (await away()).go()).toHaveLength(1);
  });

  test("read elsewhere", async () => {
    const { ben, messageId, go } = await away();
    await app.request("PUT", `/api/v1/messages/${messageId}/read`, { token: ben.token });
    expect(await go()).toEqual([]);
  });

  test("blocked", async () => {
    const { ana, ben, go } = await away();
    await app.request("POST", `/api/v1/users/${ana.id}/block`, { token: ben.token, body: {} });
    expect(await go()).toEqual([]);
  });

  test("unmatched", async () => {
    const { ana, go, sql } = await away();
    const [match] = await sql<{ id: string }[]>`
      select id from matches where ${ana.id} in (user1_id, user2_id) and status = 'active'
    `;
    const answer = await app.request("DELETE", `/api/v1/matches/${match!.id}`, { token: ana.token });
    expect(answer.status).toBe(200);
    expect(await go()).toEqual([]);
  });

  test.each(["muted_until", "suspended_until"])("the sender's %s", async (column) => {
    const { ana, go, sql } = await away();
    await sql`update users set ${sql(column)} = now() + interval '1 day' where id = ${ana.id}`;
    expect(await go()).toEqual([]);
  });

  test("the owner was suspended", async () => {
    const { ben, go, sql } = await away();
    await sql`update users set suspended_until = now() + interval '1 day' where id = ${ben.id}`;
    expect(await go()).toEqual([]);
  });

  test("logged out while the first of two notifications was being sent: the second is not", async () => {
    const { ben, token, sql } = await away();
    const cleo = await app.createUser();
    await world.befriend(cleo, ben);
    await world.say(cleo, ben, { content: "me too" });
    provider.answers.push(async () => {
      await app.request("POST", "/api/v1/auth/logout", { token: ben.token });
      return { kind: "sent" };
    });
    await sql`update devices set due_at = now() where token = ${token}`;
    await eventually(async () => (await sql`select 1 from devices where token = ${token}`).length === 0);
    // A turn that goes on would be over before the next device's is.
    const { ana, ben: dan } = await pair();
    await register(dan);
    await world.say(ana, dan, { content: "afterwards" });
    await settled(dan);
    expect(provider.to(token)).toHaveLength(1);
  });

  test("a suspension takes the device away in the same transaction", async () => {
    const { ben, token, go, sql } = await away();
    const mod = await createStaff(app, { name: "Sam Judge" });
    const until = new Date(Date.now() + 86_400_000).toISOString();
    const answer = await mod.post(`/users/${ben.id}/sanctions`, {
      action: "suspend",
      until,
      reason: "Insults",
    });
    expect(answer.status).toBe(201);
    expect(await sql`select 1 from devices where token = ${token}`).toHaveLength(0);
    expect(await go()).toEqual([]);
  });

  test("logged out, everywhere, or gone: the device is gone with it", async () => {
    for (const path of ["logout", "logout-all"]) {
      const { ben, token, go, sql } = await away();
      await app.request("POST", `/api/v1/auth/${path}`, { token: ben.token });
      expect(await go()).toEqual([]);
      expect(await sql`select 1 from devices where token = ${token}`).toHaveLength(0);
    }
  });
});

describe("the badge", () => {
  test("is corrected silently when another device reads", async () => {
    const { ana, ben } = await pair();
    const token = await register(ben);
    const { message_id: messageId } = await world.say(ana, ben, { content: "one" });
    await settled(ben);
    expect(provider.to(token).at(-1)).toMatchObject({ type: "new_message", badge: 2 });
    await app.request("PUT", `/api/v1/messages/${messageId}/read`, { token: ben.token });
    await eventually(() => provider.to(token).at(-1)?.type === "read");
    expect(provider.to(token).at(-1)).toMatchObject({ badge: 0, title: "", body: "" });
  });
});

describe("the badge of a conversation that ends", () => {
  test.each(["unmatch", "block"])("%s: it does not go on counting what nobody can read", async (how) => {
    const { ana, ben } = await pair();
    const token = await register(ben);
    await world.say(ana, ben, { content: "one" });
    await settled(ben);
    expect(provider.to(token).at(-1)).toMatchObject({ type: "new_message", badge: 2 });
    await (how === "block" ? world.block(ben, ana) : world.unmatch(ben, ana));
    await eventually(() => provider.to(token).at(-1)?.type === "read");
    expect(provider.to(token).at(-1)).toMatchObject({ badge: 0, title: "", body: "" });
  });
});

describe("registration", () => {
  test("a token that another session had moves, whoever had it", async () => {
    const { ana, ben } = await pair();
    const token = await register(ben);
    await register(ana, { token });
    await world.say(ana, ben, { content: "not for this phone any more" });
    await world.say(ben, ana, { content: "for its new owner" });
    await settled(ana);
    const { sql } = app.context.database;
    expect(await sql`select user_id from devices where token = ${token}`).toMatchObject([{ userId: ana.id }]);
    expect(provider.to(token)).toHaveLength(1);
  });

  test("two sessions with one token at the same moment: one of them has it", async () => {
    const [ana, ben] = [await app.createUser(), await app.createUser()];
    const token = "racing-token";
    await Promise.all([ana, ben, ana, ben].map((user) => register(user, { token })));
    const { sql } = app.context.database;
    expect(await sql`select 1 from devices where token = ${token}`).toHaveLength(1);
  });

  test("listed to its owner, with why it is dead; registering again revives it", async () => {
    const { ana, ben } = await pair();
    const token = await register(ben);
    provider.answers.push({ kind: "dead", reason: "Unregistered" });
    await world.say(ana, ben, { content: "anybody?" });
    const list = async () =>
      (await app.request("GET", "/api/v1/devices", { token: ben.token })).body.data.devices;
    await eventually(async () => (await list())[0].disabled_reason === "Unregistered");
    expect(await list()).toMatchObject([{ provider: "fcm", preview: "none", current: true }]);
    await register(ben, { token });
    expect(await list()).toMatchObject([{ disabled_at: null, disabled_reason: null }]);
    await world.say(ana, ben, { content: "back again" });
    await settled(ben);
    expect(provider.to(token)).toHaveLength(2);
  });

  test("what the provider said before the token was registered again does not disable it", async () => {
    const { ana, ben } = await pair();
    const token = await register(ben);
    provider.answers.push({ kind: "dead", reason: "Unregistered", since: Date.now() - 3_600_000 });
    await world.say(ana, ben, { content: "hello?" });
    await eventually(() => provider.to(token).length >= 2);
    const { sql } = app.context.database;
    expect(await sql`select disabled_at from devices where token = ${token}`).toMatchObject([
      { disabledAt: null },
    ]);
  });

  test("what the provider said of a token that was registered again meanwhile does not disable it", async () => {
    const { ana, ben } = await pair();
    const token = await register(ben);
    // Without a time in the answer, as "BadDeviceToken" and "UNREGISTERED" come.
    provider.answers.push(async () => {
      await register(ben, { token });
      return { kind: "dead", reason: "UNREGISTERED" };
    });
    await world.say(ana, ben, { content: "hello?" });
    await eventually(() => provider.to(token).length >= 2);
    const { sql } = app.context.database;
    expect(await sql`select disabled_at from devices where token = ${token}`).toMatchObject([
      { disabledAt: null },
    ]);
  });

  test("is in the export, without its token", async () => {
    const ana = await app.createUser();
    const token = await register(ana);
    const answer = await app.request("GET", "/api/v1/users/me/export", { token: ana.token });
    expect(answer.body.data.devices).toMatchObject([{ provider: "fcm", preview: "none" }]);
    expect(JSON.stringify(answer.body)).not.toContain(token);
  });

  test("is gone with the account", async () => {
    const ana = await app.createUser();
    const token = await register(ana);
    await world.leave(ana);
    const { sql } = app.context.database;
    expect(await sql`select 1 from devices where token = ${token}`).toHaveLength(0);
  });
});

describe("failures", () => {
  test("what may work later is tried again, and shown once", async () => {
    const { ana, ben } = await pair();
    const token = await register(ben);
    provider.answers.push({ kind: "retry", reason: "Unreachable" });
    await world.say(ana, ben, { content: "patience" });
    await settled(ben);
    const notices = provider.to(token);
    expect(notices).toHaveLength(2);
    expect(notices[0]!.collapseKey).toBe(notices[1]!.collapseKey);
  });

  test("one conversation that is refused does not keep the others", async () => {
    const [ana, cleo, ben] = [await app.createUser(), await app.createUser(), await app.createUser()];
    await world.befriend(ana, ben);
    await world.befriend(cleo, ben);
    const token = await register(ben);
    provider.answers.push({ kind: "refused", reason: "PayloadTooLarge" });
    const { sql } = app.context.database;
    await sql`update devices set due_at = now() + interval '1 hour' where token = ${token}`;
    await world.say(ana, ben, { content: "refused" });
    await world.say(cleo, ben, { content: "taken" });
    await sql`update devices set due_at = now() where token = ${token}`;
    await settled(ben);
    expect(provider.to(token)).toHaveLength(2);
  });
});

describe("several processes, several providers", () => {
  test("two senders share the devices: each is notified by one of them", async () => {
    const ana = await app.createUser();
    const people = await Promise.all(Array.from({ length: 12 }, () => app.createUser()));
    const devices: string[] = [];
    for (const person of people) {
      await world.befriend(ana, person);
      devices.push(await register(person));
    }
    const other = new RecordingProvider();
    const second = open({ all: [other] });
    second.start();
    const { sql } = app.context.database;
    await sql`update devices set due_at = now() + interval '1 hour' where token = any(${devices})`;
    for (const person of people) await world.say(ana, person, { content: "hello" });
    await sql`update devices set due_at = now() where token = any(${devices})`;
    for (const person of people) await settled(person);
    await second.close();
    for (const token of devices) expect(provider.to(token).length + other.to(token).length).toBe(1);
  });

  test("a sender that stalls past its lease changes nothing of what the next one wrote", async () => {
    const { ana, ben } = await pair();
    const token = await register(ben);
    const gate = Promise.withResolvers<Outcome>();
    provider.answers.push(() => gate.promise);
    await world.say(ana, ben, { content: "first" });
    await eventually(() => provider.to(token).length === 1);
    const { sql } = app.context.database;
    const state = async () =>
      (
        await sql`select lease, pushed_seq, due_at, attempts, disabled_at from devices where token = ${token}`
      )[0];
    // Another process takes it over, and has its lease for an hour.
    await sql`update devices set lease = gen_random_uuid(), due_at = now() + interval '1 hour' where token = ${token}`;
    const before = await state();
    gate.resolve({ kind: "retry", reason: "Unreachable" });
    const { ana: dan, ben: eve } = await pair();
    await register(eve);
    await world.say(dan, eve, { content: "afterwards" });
    await settled(eve);
    expect(await state()).toEqual(before!);
  });

  test("a provider that is away holds up no other, and its devices are tried for an hour", async () => {
    const [{ ana, ben }, failed] = [await pair(), [] as string[]];
    const [dead, living] = [new RecordingProvider("apns"), new RecordingProvider("expo")];
    dead.answers.push(
      ...Array.from({ length: 50 }, () => ({ kind: "retry", reason: "Unreachable" }) as const),
    );
    const observer: PushObserver = {
      onPushSent() {},
      onPushFailed: (name, reason) => void failed.push(`${name} ${reason}`),
      onPushDisabled() {},
    };
    const second = open({ all: [dead, living], observer });
    second.start();
    const { sql } = app.context.database;
    const session = await app.context.auth.signInAs(ben.id);
    await register(ben, { provider: "apns", token: "ab".repeat(32), app_id: "com.example.app" });
    const token = "ExponentPushToken[living]";
    await register({ ...ben, token: session.access_token }, { provider: "expo", token });
    await world.say(ana, ben, { content: "one of two" });
    await eventually(() => living.to(token).length === 1 && failed.length > 0);
    expect(failed[0]).toBe("apns Unreachable");
    // An hour later.
    await sql`update devices set tried_since = now() - interval '61 minutes', due_at = now() where provider = 'apns'`;
    await eventually(() => failed.includes("apns GivenUp"));
    await settled(ben);
    await second.close();
  });
});

test("what a dead process forgot is found in the log", async () => {
  const { ana, ben } = await pair();
  const token = await register(ben);
  // Stored by a process that died before it told anybody: written without a hint, three minutes ago.
  const { sql, begin } = app.context.database as typeof app.context.database;
  await world.write(ana, ben, ["forgotten"]);
  await sql`update user_events set created_at = now() - interval '3 minutes' where user_id = ${ben.id}`;
  await sql`update devices set due_at = null, hinted_seq = 0, pushed_seq = received_seq where token = ${token}`;
  await sql`update push_sweeps set swept_to = now() - interval '4 minutes'`;
  const before = provider.to(token).length;
  const { sweep } = await import("../../../server/features/push/hint_queries.ts");
  expect(await begin((tx) => sweep(tx, { everySeconds: 60 }))).toEqual(["fcm"]);
  // Somebody else's turn is over for a minute.
  expect(await begin((tx) => sweep(tx, { everySeconds: 60 }))).toBeNull();
  await eventually(() => provider.to(token).length > before);
});
