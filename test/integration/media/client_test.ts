/** Pictures by the package's client against real servers: shown at once, uploaded with retries, sent, received. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { createChat } from "../../../client/chat/mod.ts";
import { createPictures, loadPicture, type PutFile } from "../../../client/media/mod.ts";
import { RequestFailure } from "../../../client/mod.ts";
import { eventually } from "../../harness/eventually.ts";
import { png } from "../../harness/media/pictures.ts";
import { startNodes } from "../../harness/nodes.ts";

setDefaultTimeout(60_000);

const { nodes, createPair, close } = await startNodes(1);
const url = nodes[0]!.url;
const { ana, ben, conversationId } = await createPair();
const [a, b] = [open(ana.token), open(ben.token)];
await Promise.all([a.start(), b.start()]);
await eventually(() => [a, b].every((chat) => chat.conversations.getSnapshot().length === 1));
await Promise.all([a.open(conversationId), b.open(conversationId)]);
afterAll(async () => {
  await Promise.all([a.close(), b.close()]);
  await close();
});

function open(access_token: string) {
  const session = { access_token, refresh_token: "unused" };
  return createChat({ url, session, client: { minDelayMs: 5, maxDelayMs: 50 }, onError: () => {} });
}

const picture = new Blob([png(60, 40) as Uint8Array<ArrayBuffer>], { type: "image/png" });
const newest = (chat: typeof a) => chat.messages(conversationId).getSnapshot().at(-1);

test("a picture is shown at once, then a message with the same picture for both", async () => {
  const pictures = createPictures({ chat: a, url });
  const seen: number[] = [];
  pictures.pending.subscribe(() =>
    seen.push(...pictures.pending.getSnapshot().map(({ progress }) => progress)),
  );
  const id = pictures.sendImage(ben.id, picture);
  expect(pictures.pending.getSnapshot()).toMatchObject([{ id, receiver_id: ben.id, progress: 0 }]);
  expect(pictures.pending.getSnapshot()[0]?.preview).toStartWith("blob:");
  await eventually(() => newest(b)?.message_type === "image" && newest(a)?.state === "sent");
  expect(pictures.pending.getSnapshot()).toEqual([]);
  expect(seen).toContain(1);
  for (const chat of [a, b]) {
    expect(newest(chat)).toMatchObject({ message_type: "image", media: { width: 60, height: 40 } });
  }
  const thumb = await fetch(url + newest(b)!.media!.thumb_url);
  expect([thumb.status, thumb.headers.get("content-type")]).toEqual([200, "image/webp"]);
  const again = await loadPicture(newest(b)!.content, { url, token: ben.token });
  expect(again?.type).toBe("image/webp");
});

test("an upload that breaks off is tried again", async () => {
  let attempts = 0;
  const put: PutFile = async (target, file, { onProgress }) => {
    if (++attempts < 3) throw new RequestFailure("away", { code: "UNREACHABLE", retryable: true });
    await fetch(target.url, { method: "PUT", headers: target.headers, body: file });
    onProgress(1);
  };
  const before = newest(b)?.id;
  createPictures({ chat: a, url, put, pauseMs: 1 }).sendImage(ben.id, picture);
  await eventually(() => newest(b)?.id !== before);
  expect(attempts).toBe(3);
});

test("what cannot be used says why, and can be discarded; what failed can be tried again", async () => {
  const pictures = createPictures({ chat: a, url, pauseMs: 1, attempts: 1 });
  const id = pictures.sendImage(ben.id, new Blob(["<svg/>"], { type: "image/png" }));
  await eventually(() => pictures.pending.getSnapshot()[0]?.error !== undefined);
  expect(pictures.pending.getSnapshot()).toMatchObject([{ id, error: "UNUSABLE_PICTURE", reason: "format" }]);
  pictures.discard(id);
  expect(pictures.pending.getSnapshot()).toEqual([]);

  let isAway = true;
  const put: PutFile = async (target, file) => {
    if (isAway) throw new RequestFailure("away", { code: "SERVICE_UNAVAILABLE", retryable: true });
    await fetch(target.url, { method: "PUT", headers: target.headers, body: file });
  };
  const flaky = createPictures({ chat: a, url, put, attempts: 1 });
  const before = newest(b)?.id;
  const failed = flaky.sendImage(ben.id, picture);
  await eventually(() => flaky.pending.getSnapshot()[0]?.error === "SERVICE_UNAVAILABLE");
  isAway = false;
  flaky.retry(failed);
  await eventually(() => newest(b)?.id !== before);
  expect(flaky.pending.getSnapshot()).toEqual([]);
});
