/** Likes of free accounts and message requests: so many in a window, whatever arrives at the same time. @module */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createTestApp, type TestUser as Person, type TestApp } from "../../harness/app.ts";
import { createWorld, type World } from "../../harness/world.ts";

let t: TestApp;
let world: World;
let targets: Person[];

beforeAll(async () => {
  t = await createTestApp({
    env: { LIMITS: "on", LIMIT_LIKES: "3/12h", LIMIT_MESSAGE_REQUEST: "2/1h", LIMIT_DEFAULT: "1000/1m" },
  });
  world = createWorld(t);
  targets = await Promise.all(Array.from({ length: 16 }, () => t.createUser()));
});
afterAll(() => t.close());

const moveLikes = (of: Person, interval: string) => t.context.database.sql`
  update user_actions set updated_at = updated_at - ${interval}::interval where actor_id = ${of.id}
`;

test("the fourth like of a free account is LIKE_LIMIT_EXCEEDED, until the first is 12 hours old", async () => {
  const ann = await t.createUser();
  await world.act(ann, targets[0]!, "like");
  await moveLikes(ann, "11 hours");
  await world.act(ann, targets[1]!, "super_like");
  await world.act(ann, targets[2]!, "like");
  const { limitHits } = t.context.people.counters;
  expect(limitHits.LIKES).toBeUndefined();
  const { status, body, headers } = await world.act(ann, targets[3]!, "like");
  expect(status).toBe(429);
  // Like every refusal by a limit, for the metrics.
  expect(limitHits.LIKES).toBe(1);
  const { reset_at, retry_after_ms, ...details } = body.error.details;
  expect(body.error.code).toBe("LIKE_LIMIT_EXCEEDED");
  expect(details).toEqual({ limit: 3, window_ms: 43_200_000 });
  expect(reset_at).toMatch(/Z$/);
  const wait = Date.parse(reset_at) - Date.now();
  expect(Math.abs(wait - retry_after_ms)).toBeLessThan(30_000);
  expect(Math.abs(wait - 3_600_000)).toBeLessThan(30_000);
  expect(Math.abs(Number(headers.get("retry-after")) - 3600)).toBeLessThan(30);

  // Neither a dislike nor a repetition nor a change of a like that counts is a further like.
  expect((await world.act(ann, targets[3]!, "dislike")).status).toBe(201);
  expect((await world.act(ann, targets[1]!, "super_like")).status).toBe(200);
  expect((await world.act(ann, targets[2]!, "super_like")).status).toBe(200);
  // A dislike that becomes a like is.
  expect((await world.act(ann, targets[3]!, "like")).status).toBe(429);
  await moveLikes(ann, "61 minutes");
  expect((await world.act(ann, targets[3]!, "like")).status).toBe(200);
  expect((await world.act(ann, targets[4]!, "like")).status).toBe(429);
});

test("premium accounts like as many as they like, until it runs out", async () => {
  const vip = await t.createUser({ premium: true });
  for (const target of targets.slice(0, 5)) expect((await world.act(vip, target, "like")).status).toBe(201);
  await t.context.database.sql`
    update users set premium_expires_at = now() - interval '1 second' where id = ${vip.id}
  `;
  expect((await world.act(vip, targets[5]!, "like")).status).toBe(429);
});

test("16 likes at the same time: exactly 3 pass", async () => {
  const ann = await t.createUser();
  const answers = await Promise.all(targets.map((target) => world.act(ann, target, "like")));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([
    ...Array<number>(3).fill(201),
    ...Array<number>(13).fill(429),
  ]);
  const likes = await t.context.database.sql`select 1 from user_actions where actor_id = ${ann.id}`;
  expect(likes).toHaveLength(3);
});

test("the third request of an hour is RATE_LIMIT_EXCEEDED; what is not valid does not count", async () => {
  const ann = await t.createUser();
  for (const content of ["", 5, null]) {
    const { status } = await world.ask(ann, targets[0]!, { content });
    expect(status).toBe(400);
  }
  const answers = await Promise.all(targets.map((target) => world.ask(ann, target)));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
  const [refused] = answers.filter(({ status }) => status !== 201);
  expect([refused!.status, refused!.body.error.code]).toEqual([429, "RATE_LIMIT_EXCEEDED"]);
  expect(Number(refused!.headers.get("retry-after"))).toBeGreaterThan(3500);
  expect(refused!.headers.get("ratelimit")).toContain("r=0");
  expect(answers[0]!.headers.get("ratelimit-policy")).toContain("q=2;w=3600");
});
