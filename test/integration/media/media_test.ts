/** Uploads over the API: taken, shown to those who may see them, kept from everybody else. */
import { afterAll, describe, expect, test } from "bun:test";
import { createMediaService, Decoder } from "../../../server/features/media/mod.ts";
import { createTestApp } from "../../harness/app.ts";
import { jpeg, png } from "../../harness/media/pictures.ts";
import {
  beginUpload,
  complete,
  putFile,
  sendPicture,
  upload,
  uploadPicture,
} from "../../harness/media/uploads.ts";
import { createWorld } from "../../harness/world.ts";

const clock = { at: Date.now(), now: () => clock.at };
const app = await createTestApp({ clock });
const { request, createUser, context, close } = app;
const { sql } = context.database;
const world = createWorld(app);
afterAll(close);

const link = (path: string, headers: Record<string, string> = {}) =>
  app.app.handle(new Request(`http://localhost${path}`, { headers }));
const outcome = ({ status, body }: { status: number; body: { error?: { code: string } } }) => [
  status,
  body.error?.code,
];

describe("an upload", () => {
  test("becomes a WebP of at most 2048 pixels with a thumbnail and a placeholder", async () => {
    const ana = await createUser();
    const media = await uploadPicture(app, ana, await jpeg(3_000, 1_500));
    expect(media).toMatchObject({
      url: `/api/v1/media/${media.id}`,
      width: 2_048,
      height: 1_024,
      placeholder: expect.stringMatching(/^[\w+/]{20,40}=*$/),
    });
    const thumb = await link(media.thumb_url);
    const bytes = await thumb.bytes();
    expect(await new Bun.Image(bytes).metadata()).toMatchObject({ width: 512, height: 256, format: "webp" });
  });

  test("answers the same when it is completed again", async () => {
    const ana = await createUser();
    const media = await uploadPicture(app, ana);
    const { body } = await complete(app, ana, media.id);
    expect(body.data.media).toEqual(media);
  });

  /** The service of another process. */
  function elsewhere(decode: Decoder["decode"]) {
    const { database, mediaLinks: links, mediaStore: store, write } = context;
    const more = { scanner: null, onError: () => {}, decoder: { decode } };
    return createMediaService({ database, write, store, links, clock, ...more });
  }

  test("is decoded once while it is completed several times", async () => {
    const ana = await createUser();
    const id = await upload(app, ana);
    let decoded = 0;
    const media = elsewhere((read) => {
      decoded++;
      return new Decoder().decode(read);
    });
    const answers = await Promise.all([1, 2, 3].map(() => media.complete(ana.id, id)));
    expect([decoded, new Set(answers.map((one) => one.id))]).toEqual([1, new Set([id])]);
  });

  test("is complete for whoever asked while another process completed it", async () => {
    const ana = await createUser();
    const id = await upload(app, ana);
    const media = elsewhere(async (read) => {
      expect((await complete(app, ana, id)).status).toBe(200);
      return await new Decoder().decode(read);
    });
    expect(await media.complete(ana.id, id)).toMatchObject({ id, width: 40 });
  });

  test("is not complete before a file has arrived, and is nobody else's", async () => {
    const [ana, eve] = [await createUser(), await createUser()];
    const { media_id: id } = await beginUpload(app, ana, { size: 100 });
    expect(outcome(await complete(app, ana, id))).toEqual([409, "CONFLICT"]);
    expect(outcome(await complete(app, eve, id))).toEqual([404, "MEDIA_NOT_FOUND"]);
  });

  test("takes no more bytes than were declared, in one piece or many", async () => {
    const ana = await createUser();
    const file = new Uint8Array(2_000);
    const begun = await beginUpload(app, ana, { size: 1_999 });
    expect(outcome(await putFile(app, begun, file))).toEqual([413, "PAYLOAD_TOO_LARGE"]);
    expect(outcome(await putFile(app, begun, new Blob([file]).stream()))).toEqual([413, "PAYLOAD_TOO_LARGE"]);
    expect(outcome(await complete(app, ana, begun.media_id))).toEqual([409, "CONFLICT"]);
    const tooMuch = { content_type: "image/png", size: 10 * 1024 * 1024 + 1 };
    const refused = await request("POST", "/api/v1/media", { token: ana.token, body: tooMuch });
    expect(outcome(refused)).toEqual([400, "VALIDATION_ERROR"]);
  });

  test("takes nothing after it was completed, nor by a link that has ended or was changed", async () => {
    const ana = await createUser();
    const file = png(40, 30) as Uint8Array<ArrayBuffer>;
    const begun = await beginUpload(app, ana, { size: file.length });
    expect((await putFile(app, begun, file)).status).toBe(200);
    expect((await complete(app, ana, begun.media_id)).status).toBe(200);
    expect(outcome(await putFile(app, begun, file))).toEqual([404, "MEDIA_NOT_FOUND"]);
    const other = await beginUpload(app, ana, { size: file.length });
    const url = other.upload.url.replace(other.media_id, begun.media_id);
    const moved = { ...other, upload: { ...other.upload, url } };
    expect(outcome(await putFile(app, moved, file))).toEqual([404, "MEDIA_NOT_FOUND"]);
    clock.at += 901_000;
    expect(outcome(await putFile(app, other, file))).toEqual([404, "MEDIA_NOT_FOUND"]);
  });

  test("that is no picture is told why, and is gone", async () => {
    const ana = await createUser();
    const id = await upload(app, ana, new TextEncoder().encode("<svg onload=alert(1)>"));
    const { status, body } = await complete(app, ana, id);
    expect([status, body.error.code, body.error.details]).toEqual([
      422,
      "UNUSABLE_PICTURE",
      { reason: "format" },
    ]);
    expect(outcome(await complete(app, ana, id))).toEqual([404, "MEDIA_NOT_FOUND"]);
  });
});

describe("a link", () => {
  test("brings the picture as nothing but a picture, in parts, and not twice", async () => {
    const ana = await createUser();
    const { id, size } = await uploadPicture(app, ana);
    const { headers } = await request("GET", `/api/v1/media/${id}`, { token: ana.token });
    const path = headers.get("location")!;
    const whole = await link(path);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      "content-type": "image/webp",
      "content-length": String(size),
      "content-disposition": 'inline; filename="picture.webp"',
      "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      "cache-control": expect.stringMatching(/^private, max-age=([1-9]|\d\d|1[01]\d|120), immutable$/),
    });
    const bytes = await whole.bytes();
    const part = await link(path, { range: "bytes=4-7" });
    expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes 4-7/${size}`]);
    expect(await part.bytes()).toEqual(bytes.slice(4, 8));
    const last = await link(path, { range: "bytes=-3" });
    expect(await last.bytes()).toEqual(bytes.slice(-3));
    expect((await link(path, { range: `bytes=${size}-` })).status).toBe(416);
    const etag = whole.headers.get("etag")!;
    expect((await link(path, { range: "bytes=4-7", "if-range": '"other"' })).status).toBe(200);
    expect((await link(path, { "if-none-match": etag })).status).toBe(304);
  });

  test("is good for 60 to 120 seconds, and for one object", async () => {
    const ana = await createUser();
    const { id } = await uploadPicture(app, ana);
    const { headers } = await request("GET", `/api/v1/media/${id}`, { token: ana.token });
    const path = headers.get("location")!;
    expect((await link(path.replace("/picture", "/thumb"))).status).toBe(404);
    expect((await link(path.replace(/expires=\d/, "expires=9"))).status).toBe(404);
    clock.at += 59_000;
    expect((await link(path)).status).toBe(200);
    clock.at += 62_000;
    expect((await link(path)).status).toBe(404);
  });
});

describe("a picture that was sent", () => {
  test("is in the history and the events of both, with links that work", async () => {
    const { ana, ben, conversationId } = await world.createPair();
    const media = await sendPicture(app, ana, ben);
    const history = await world.call(ben, `GET /conversations/${conversationId}/messages`);
    const [message] = history.body.data.messages;
    expect(message).toMatchObject({
      message_type: "image",
      content: media.url,
      media: { id: media.id, width: 40 },
    });
    expect((await link(message.media.url)).status).toBe(200);
    for (const reader of [ana, ben]) {
      const { body } = await world.call(reader, "GET /sync?since=0");
      const { data } = body.data.events.findLast((event: { event: string }) => event.event === "new_message");
      expect(data.media).toMatchObject({ id: media.id, height: 30 });
      expect((await link(data.media.thumb_url)).status).toBe(200);
    }
  });

  test("is its sender's own, ready one: whoever sends another is refused and stores nothing", async () => {
    const { ana, ben } = await world.createPair();
    const theirs = await uploadPicture(app, ben);
    const send = (content: string) => world.send(ana, ben, { content, message_type: "image" });
    expect(outcome(await send(theirs.url))).toEqual([404, "MEDIA_NOT_FOUND"]);
    expect(outcome(await send(`/api/v1/media/${crypto.randomUUID()}`))).toEqual([404, "MEDIA_NOT_FOUND"]);
    expect(outcome(await send(`/api/v1/media/${await upload(app, ana)}`))).toEqual([409, "CONFLICT"]);
    expect(
      await sql`select 1 from messages where sender_id = ${ana.id} and message_type = 'image'`,
    ).toHaveLength(0);
    expect(
      await sql`select 1 from media_uses u join media m on m.id = u.media_id where m.owner_id = ${ana.id}`,
    ).toHaveLength(0);
  });

  test("may be sent again, to others too; a retry sends it once", async () => {
    const { ana, ben } = await world.createPair();
    const cleo = await createUser();
    await world.match(ana, cleo);
    const { id, url } = await uploadPicture(app, ana);
    const more = { content: url, message_type: "image", client_message_id: "once" };
    const [first, retry] = [await world.say(ana, ben, more), await world.say(ana, ben, more)];
    expect(retry.message_id).toBe(first.message_id);
    await world.say(ana, ben, { content: url, message_type: "image" });
    await world.say(ana, cleo, { content: url, message_type: "image" });
    for (const reader of [ben, cleo]) {
      expect((await request("GET", `/api/v1/media/${id}`, { token: reader.token })).status).toBe(302);
    }
  });

  test("keeps its place among the texts around it", async () => {
    const { ana, ben, conversationId } = await world.createPair();
    const { url } = await uploadPicture(app, ana);
    const texts = ["one", url, "two", url, "three"];
    await Promise.all(
      texts.map((content) =>
        context.messages.send(ana.id, {
          receiverId: ben.id,
          content,
          messageType: content === url ? "image" : "text",
        }),
      ),
    );
    const { body } = await world.call(ben, `GET /conversations/${conversationId}/messages`);
    expect(body.data.messages.map(({ content }: { content: string }) => content)).toEqual(texts);
  });

  test("is gone across a block, and back in the history when it ends", async () => {
    const { ana, ben } = await world.createPair();
    const { id } = await sendPicture(app, ana, ben);
    const look = async () => (await request("GET", `/api/v1/media/${id}`, { token: ben.token })).status;
    expect(await look()).toBe(302);
    await world.block(ben, ana);
    expect(await look()).toBe(404);
    await world.call(ben, `DELETE /users/${ana.id}/block`);
    expect(await look()).toBe(302);
  });
});

describe("the end of a picture", () => {
  const filesOf = async (id: string) =>
    await Promise.all(
      ["upload", "picture", "thumb"].map(
        async (kind) => (await context.mediaStore!.size(`${kind}/${id}`)) !== null,
      ),
    );
  const age = (id: string) => sql`update media set created_at = now() - interval '25 hours' where id = ${id}`;
  const purge = () => context.media.purge(performance.now() + 60_000);

  test("one that nobody sent dies after a day, with its objects", async () => {
    const { ana, ben } = await world.createPair();
    const [orphan, fresh, begun] = [
      await uploadPicture(app, ana),
      await uploadPicture(app, ana),
      await upload(app, ana),
    ];
    const sent = await sendPicture(app, ana, ben);
    for (const id of [orphan.id, begun, sent.id]) await age(id);
    await purge();
    expect(await filesOf(orphan.id)).toEqual([false, false, false]);
    expect(await filesOf(begun)).toEqual([false, false, false]);
    expect(await filesOf(fresh.id)).toEqual([false, true, true]);
    expect(await filesOf(sent.id)).toEqual([false, true, true]);
    expect(outcome(await complete(app, ana, orphan.id))).toEqual([404, "MEDIA_NOT_FOUND"]);
  });

  test("deleting the account removes the objects; the conversation shows that there was one", async () => {
    const { ana, ben, conversationId } = await world.createPair();
    const { id, url } = await sendPicture(app, ana, ben);
    await world.leave(ana);
    expect((await request("GET", `/api/v1/media/${id}`, { token: ben.token })).status).toBe(404);
    await purge();
    expect(await filesOf(id)).toEqual([false, false, false]);
    const { body } = await world.call(ben, `GET /conversations/${conversationId}/messages`);
    expect(body.data.messages.at(-1)).toMatchObject({ message_type: "image", content: url, media: null });
  });

  test("the export contains it", async () => {
    const { ana, ben } = await world.createPair();
    const { id, size } = await sendPicture(app, ana, ben);
    const { body } = await world.call(ana, "GET /users/me/export");
    expect(body.data.media).toMatchObject([{ id, size, sent: true }]);
    expect(Buffer.from(body.data.media[0].webp, "base64")).toHaveLength(size);
    expect(body.data.complete).toBe(true);
  });
});

test("uploads are limited by count and by bytes", async () => {
  const env = { LIMITS: "on", LIMIT_MEDIA_UPLOADS: "3/1d", LIMIT_MEDIA_BYTES: "1000/1d" };
  const limited = await createTestApp({ env });
  const ana = await limited.createUser();
  const begin = async (size: number) =>
    outcome(
      await limited.request("POST", "/api/v1/media", {
        token: ana.token,
        body: { content_type: "image/png", size },
      }),
    );
  expect(await begin(600)).toEqual([201, undefined]);
  expect(await begin(600)).toEqual([429, "RATE_LIMIT_EXCEEDED"]);
  expect(await begin(100)).toEqual([429, "RATE_LIMIT_EXCEEDED"]);
  await limited.close();
});

test("without a store there are no uploads, and apps are told", async () => {
  const without = await createTestApp({ config: { mediaStore: null } });
  const ana = await without.createUser();
  const body = { content_type: "image/png", size: 10 };
  expect(outcome(await without.request("POST", "/api/v1/media", { token: ana.token, body }))).toEqual([
    503,
    "SERVICE_UNAVAILABLE",
  ]);
  const config = await without.request("GET", "/api/v1/config");
  expect(config.body.data.media.upload).toBeNull();
  await without.close();
});
