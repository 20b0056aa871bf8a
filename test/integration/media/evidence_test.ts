/** Pictures in reports: sealed with the report, looked at once by staff, unreadable after their term. */
import { afterAll, expect, test } from "bun:test";
import {
  removeUnreadablePictures,
  SEAL_PICTURES,
  sealPicturesHandler,
} from "../../../server/features/reports/mod.ts";
import { createTestApp, type TestUser } from "../../harness/app.ts";
import { sendPicture } from "../../harness/media/uploads.ts";
import { createStaff, fileReport } from "../../harness/staff.ts";
import { createWorld } from "../../harness/world.ts";

const app = await createTestApp();
const { context, close } = app;
const { database, mediaStore: store, write } = context;
const { sql } = database;
const world = createWorld(app);
const mo = await createStaff(app);
afterAll(close);

/** A picture of somebody, reported by whom they sent it to. */
async function reported() {
  const { ana, ben } = await world.createPair();
  const media = await sendPicture(app, ana, ben);
  const reportId = await fileReport(app, { by: ben, about: ana });
  return { ana, ben, media, reportId };
}

/** Does what the worker of the queue would. */
async function seal(reportId: string): Promise<void> {
  const handler = sealPicturesHandler({ database, write, store });
  const [job] = await sql<{ payload: unknown }[]>`
    select payload from jobs where kind = ${SEAL_PICTURES} and payload->>'report_id' = ${reportId}
  `;
  await handler.run(job!.payload as never, { attempt: 1, signal: AbortSignal.timeout(10_000) });
}

const link = (reportId: string, mediaId: string) => mo.post(`/reports/${reportId}/pictures/${mediaId}`);
const page = async (url: string) => await app.app.handle(new Request(`http://localhost${url}`));

async function look(reportId: string, mediaId: string): Promise<Uint8Array | null> {
  const { body } = await link(reportId, mediaId);
  const answer = await page(body.data.url);
  const [, data] = /src="data:image\/webp;base64,([^"]+)"/.exec(await answer.text()) ?? [];
  return data === undefined ? null : new Uint8Array(Buffer.from(data, "base64"));
}

async function vanish(ana: TestUser): Promise<void> {
  await world.leave(ana);
  await context.media.purge(performance.now() + 60_000);
}

test("the bytes stay when the account and its pictures are deleted, before and after they were copied", async () => {
  const { ana, media, reportId } = await reported();
  const original = await store!.read(`picture/${media.id}`);
  await vanish(ana);
  // Not copied yet: the objects wait for it, although nobody in the conversation sees them.
  expect(await store!.read(`picture/${media.id}`)).toEqual(original);
  expect(await look(reportId, media.id)).toEqual(original);
  await seal(reportId);
  await context.media.purge(performance.now() + 60_000);
  expect(await store!.size(`picture/${media.id}`)).toBeNull();
  expect(await look(reportId, media.id)).toEqual(original);
  // What the dashboard says of it stays as well, and nothing of it but in the seal.
  const { items } = (await mo.get(`/reports/${reportId}`)).body.data.report.evidence;
  const facts = {
    width: media.width,
    height: media.height,
    size: media.size,
    placeholder: media.placeholder,
  };
  expect(items.find(({ kind }: { kind: string }) => kind === "picture").picture).toMatchObject(facts);
  const left = await sql`select width, height, placeholder from media where id = ${media.id}`;
  expect(left.map((row) => ({ ...row }))).toEqual([{ width: null, height: null, placeholder: null }]);
});

test("what is stored is encrypted, stands in the chain, and is copied once", async () => {
  const { media, reportId } = await reported();
  const original = Buffer.from((await store!.read(`picture/${media.id}`))!);
  await seal(reportId);
  await seal(reportId);
  for (const variant of ["picture", "thumb"]) {
    const sealed = await store!.read(`evidence/${reportId}.${media.id}.${variant}`);
    expect(Buffer.from(sealed!).includes(original.subarray(12, 40))).toBe(false);
  }
  const { body } = await mo.get(`/reports/${reportId}`);
  const { evidence } = body.data.report;
  expect(evidence.intact).toBe(true);
  const pictures = evidence.items.filter(({ kind }: { kind: string }) => kind === "picture");
  expect(pictures).toHaveLength(1);
  expect(pictures[0].picture).toMatchObject({ media_id: media.id, width: 40, height: 30, size: media.size });
});

test("a link works once, in the browser, and is audited; the page leads nowhere and runs nothing", async () => {
  const { media, reportId } = await reported();
  const { status, body } = await link(reportId, media.id);
  expect(status).toBe(201);
  const first = await page(body.data.url);
  expect(Object.fromEntries(first.headers)).toMatchObject({
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy": expect.stringMatching(
      /^default-src 'none'; img-src data:; style-src 'sha256-/,
    ),
  });
  const html = await first.text();
  expect(html).toContain("filter:blur(40px) grayscale(1)");
  expect(html).not.toMatch(/<script|<a |href|http/);
  expect((await page(body.data.url)).status).toBe(404);
  expect((await page(`/evidence/${"A".repeat(43)}`)).status).toBe(404);
  const audit = await mo.get(`/audit?target_type=report&target_id=${reportId}`);
  const actions = audit.body.data.entries.map(({ action }: { action: string }) => action);
  expect(actions).toContain("report.picture_viewed");
});

test("a link ends by itself", async () => {
  const { media, reportId } = await reported();
  const { body } = await link(reportId, media.id);
  await sql`update evidence_views set expires_at = now()`;
  expect((await page(body.data.url)).status).toBe(404);
});

test("only pictures that the report has sealed can be looked at", async () => {
  const { media } = await reported();
  const other = await reported();
  const { status, body } = await link(other.reportId, media.id);
  expect([status, body.error.code]).toEqual([404, "MEDIA_NOT_FOUND"]);
});

test("at the end of the term the copies die with the key", async () => {
  const { media, reportId } = await reported();
  await seal(reportId);
  const { body } = await link(reportId, media.id);
  await sql`delete from report_evidence_keys where report_id = ${reportId}`;
  expect((await page(body.data.url)).status).toBe(404);
  await removeUnreadablePictures({ database, store }, 50);
  expect(await store!.size(`evidence/${reportId}.${media.id}.picture`)).toBeNull();
  expect((await link(reportId, media.id)).status).toBe(404);
  expect((await mo.get(`/reports/${reportId}`)).body.data.report.evidence).toMatchObject({
    intact: true,
    readable: false,
  });
});

test("a second report about the same messages seals nothing twice, one about another does", async () => {
  const { ana, ben, media, reportId } = await reported();
  await seal(reportId);
  expect(await fileReport(app, { by: ben, about: ana })).toBe(reportId);
  expect(await sql`select 1 from media_evidence where media_id = ${media.id}`).toHaveLength(1);
});
