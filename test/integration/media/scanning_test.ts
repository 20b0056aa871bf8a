/** Pictures and a scanner beside the server: allow, hold, reject, and no answer. */
import { afterAll, beforeEach, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { SCAN_PICTURE, scanHandler, type Verdict } from "../../../server/features/media/mod.ts";
import { createTestApp, type TestApp } from "../../harness/app.ts";
import { complete, upload } from "../../harness/media/uploads.ts";
import { createWorld } from "../../harness/world.ts";

/** A scanner that says what the test wants, after it has fetched the picture as a real one would. */
const fake = { verdict: "allow" as Verdict | "nothing", seen: [] as { sha256: string; bytes: number }[] };
const scanner = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const { url, sha256 } = (await request.json()) as { url: string; sha256: string };
    const { pathname, search } = new URL(url);
    const picture = await (
      await holding.app.handle(new Request(`http://localhost${pathname}${search}`))
    ).bytes();
    if (createHash("sha256").update(picture).digest("hex") === sha256) {
      fake.seen.push({ sha256, bytes: picture.length });
    }
    if (fake.verdict === "nothing") return new Response("busy", { status: 503 });
    return Response.json({ verdict: fake.verdict });
  },
});
const env = { MEDIA_SCAN_URL: `http://127.0.0.1:${scanner.port}/`, PUBLIC_URL: "https://api.example.com" };
const holding = await createTestApp({ env });
const allowing = await createTestApp({ env: { ...env, MEDIA_SCAN_LATE: "allow" } });
afterAll(async () => {
  await Promise.all([holding.close(), allowing.close()]);
  await scanner.stop(true);
});
beforeEach(() => {
  Object.assign(fake, { verdict: "allow", seen: [] });
});

/** Does what the worker of the queue would. */
async function runJob({ context: { database, scanner } }: TestApp, id: string): Promise<unknown> {
  const [job] = await database.sql<{ payload: unknown }[]>`
    select payload from jobs where kind = ${SCAN_PICTURE} and payload->>'media_id' = ${id}
  `;
  const handler = scanHandler(database, scanner!);
  return await handler.run(job!.payload as never, { attempt: 1, signal: AbortSignal.timeout(10_000) });
}

async function uploaded(app: TestApp) {
  const world = createWorld(app);
  const { ana, ben, conversationId } = await world.createPair();
  const id = await upload(app, ana);
  const content = `/api/v1/media/${id}`;
  return {
    ana,
    id,
    complete: async () => {
      const { status, body } = await complete(app, ana, id);
      return [status, body.error?.code ?? body.data.media.id, body.error?.details.reason];
    },
    send: async () => (await world.send(ana, ben, { content, message_type: "image" })).status,
    received: async () =>
      (await world.call(ben, `GET /conversations/${conversationId}/messages`)).body.data.messages.at(-1)
        .media,
  };
}

test("what it allows is sent; it was given the hash and a link to the bytes that are stored", async () => {
  const picture = await uploaded(holding);
  expect(await picture.complete()).toEqual([200, picture.id, undefined]);
  expect(fake.seen).toHaveLength(1);
  expect(await picture.send()).toBe(201);
  // The job finds that it has been answered.
  await runJob(holding, picture.id);
  expect(fake.seen).toHaveLength(1);
});

test("what it rejects cannot be sent, and its objects go", async () => {
  fake.verdict = "reject";
  const picture = await uploaded(holding);
  expect(await picture.complete()).toEqual([422, "UNUSABLE_PICTURE", "rejected"]);
  expect(await picture.complete()).toEqual([422, "UNUSABLE_PICTURE", "rejected"]);
  expect(await picture.send()).toBe(404);
  await holding.context.media.purge(performance.now() + 60_000);
  expect(await holding.context.mediaStore!.size(`picture/${picture.id}`)).toBeNull();
});

test("what it holds waits for another answer", async () => {
  fake.verdict = "hold";
  const picture = await uploaded(holding);
  expect(await picture.complete()).toEqual([409, "CONFLICT", undefined]);
  expect(await picture.send()).toBe(409);
  await expect(runJob(holding, picture.id)).rejects.toThrow("holds the picture");
  fake.verdict = "allow";
  await runJob(holding, picture.id);
  expect(await picture.complete()).toEqual([200, picture.id, undefined]);
  expect(await picture.send()).toBe(201);
});

test("without an answer a picture waits, or is sent and taken back, as the setting says", async () => {
  fake.verdict = "nothing";
  const held = await uploaded(holding);
  expect(await held.complete()).toEqual([409, "CONFLICT", undefined]);
  const sent = await uploaded(allowing);
  expect(await sent.complete()).toEqual([200, sent.id, undefined]);
  expect(await sent.send()).toBe(201);
  expect(await sent.received()).toMatchObject({ id: sent.id });
  await expect(runJob(allowing, sent.id)).rejects.toThrow("status 503");
  fake.verdict = "reject";
  await runJob(allowing, sent.id);
  expect(await sent.received()).toBeNull();
});
