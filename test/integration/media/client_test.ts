/** Pictures by the package's client against real servers: shown at once, uploaded with retries, sent, received. */
import { afterAll, expect, test } from "bun:test";
import { type Chat, createChat } from "../../../client/chat/mod.ts";
import { loadPicture, type PutFile, pictures, uploadPicture } from "../../../client/media/mod.ts";
import { RequestFailure, type Rest } from "../../../client/mod.ts";
import { eventually } from "../../harness/eventually.ts";
import { png } from "../../harness/media/pictures.ts";
import { startNodes } from "../../harness/nodes.ts";

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

function open(access_token: string, options?: Parameters<typeof pictures>[1]) {
  return createChat({
    url,
    session: { access_token, refresh_token: "unused" },
    client: { minDelayMs: 5, maxDelayMs: 50 },
    pictures: (deps) => pictures(deps, { minDelayMs: 1, ...options }),
    onError: () => {},
  });
}

const picture = new Blob([png(60, 40) as Uint8Array<ArrayBuffer>], { type: "image/png" });
const newest = (chat: typeof a) => chat.messages(conversationId).getSnapshot().at(-1);

/** Another device of Ana's, whose uploads go another way. */
async function device(put: PutFile, attempts = 5) {
  const chat = open(ana.token, { put, attempts });
  await chat.start();
  await eventually(() => chat.conversations.getSnapshot().length === 1);
  await chat.open(conversationId);
  return { chat, [Symbol.asyncDispose]: () => chat.close() };
}

const passOn: PutFile = async ({ url: to, headers }, file, { onProgress }) => {
  await fetch(to, { method: "PUT", headers, body: file });
  onProgress(1);
};

function away(details?: unknown): RequestFailure {
  return new RequestFailure("away", { code: "SERVICE_UNAVAILABLE", retryable: true, details });
}

test("a picture is shown at once at its place, then is a message with the same name for both", async () => {
  const seen: number[] = [];
  const end = a.messages(conversationId).subscribe(() => {
    const { upload } = newest(a)!;
    if (upload) seen.push(upload.progress);
  });
  const id = a.sendImage(ben.id, picture);
  expect(newest(a)).toMatchObject({
    id,
    message_type: "image",
    content: "",
    state: "pending",
    upload: { progress: 0, preview: expect.stringMatching(/^blob:/) },
  });
  expect(a.unsent.getSnapshot()).toMatchObject([{ client_message_id: id }]);
  await eventually(() => newest(b)?.message_type === "image" && newest(a)?.state === "sent");
  end();
  expect(a.unsent.getSnapshot()).toEqual([]);
  expect(seen).toContain(1);
  expect(newest(a)).toMatchObject({ client_message_id: id });
  expect(newest(a)?.upload).toBeUndefined();
  for (const chat of [a, b]) {
    expect(newest(chat)).toMatchObject({ message_type: "image", media: { width: 60, height: 40 } });
  }
  const thumb = await fetch(url + newest(b)!.media!.thumb_url);
  expect([thumb.status, thumb.headers.get("content-type")]).toEqual([200, "image/webp"]);
  const again = await loadPicture(newest(b)!.content, { url, token: ben.token });
  expect(again?.type).toBe("image/webp");
});

test("an upload that breaks off is tried again, when the server wants it to be", async () => {
  const times: number[] = [];
  await using own = await device(async (...args) => {
    times.push(performance.now());
    if (times.length === 1) throw new RequestFailure("away", { code: "UNREACHABLE", retryable: true });
    if (times.length === 2) throw away({ retry_after_ms: 300 });
    await passOn(...args);
  });
  const before = newest(b)?.id;
  own.chat.sendImage(ben.id, picture);
  await eventually(() => newest(b)?.id !== before);
  // Only the end that does not depend on the machine: no sooner than was asked for.
  expect([times.length, times[2]! - times[1]! >= 299]).toEqual([3, true]);
});

test("a file that is put where nobody takes it waits as the answer's header says", async () => {
  let asked = 0;
  const store = Bun.serve({
    port: 0,
    fetch: () =>
      ++asked === 1 ? new Response(null, { status: 503, headers: { "retry-after": "1" } }) : new Response(),
  });
  const rest = (async (path: string) => ({
    data: path.endsWith("complete")
      ? { media: { url: "done" } }
      : { media_id: "1", upload: { url: store.url.href, headers: {} } },
  })) as unknown as Rest;
  const startedAt = performance.now();
  expect(await uploadPicture(rest, picture, { url, minDelayMs: 1 })).toMatchObject({ url: "done" });
  expect([asked, performance.now() - startedAt >= 999]).toEqual([2, true]);
  await store.stop(true);
});

test("what cannot be used says why, and can be discarded", async () => {
  const id = a.sendImage(ben.id, new Blob(["<svg/>"], { type: "image/png" }));
  await eventually(() => newest(a)?.state === "failed");
  expect(newest(a)).toMatchObject({ id, error: "UNUSABLE_PICTURE", upload: { reason: "format" } });
  a.discard(id);
  expect(a.unsent.getSnapshot()).toEqual([]);
});

test("what failed can be tried again", async () => {
  let isAway = true;
  await using own = await device(async (...args) => {
    if (isAway) throw away();
    await passOn(...args);
  }, 1);
  const failed = own.chat.sendImage(ben.id, picture);
  await eventually(() => newest(own.chat)?.error === "SERVICE_UNAVAILABLE");
  const before = newest(b)?.id;
  isAway = false;
  own.chat.retry(failed);
  await eventually(() => newest(b)?.id !== before);
  expect([newest(b)?.message_type, own.chat.unsent.getSnapshot()]).toEqual(["image", []]);
});

test("an upload ends when it is discarded, and when its owner signs out", async () => {
  for (const leave of [(chat: Chat, id: string) => chat.discard(id), (chat: Chat) => chat.signOut()]) {
    const ended = Promise.withResolvers<void>();
    await using own = await device(
      (_, __, { signal }) =>
        new Promise((___, reject) => {
          signal?.addEventListener("abort", () => {
            ended.resolve();
            reject(new RequestFailure("over", { code: "ABORTED" }));
          });
          begun.resolve();
        }),
    );
    const begun = Promise.withResolvers<void>();
    const id = own.chat.sendImage(ben.id, picture);
    await begun.promise;
    await leave(own.chat, id);
    await ended.promise;
    expect(own.chat.unsent.getSnapshot()).toEqual([]);
  }
});

test("a chat without the part that uploads says so", () => {
  const chat = createChat({ url });
  expect(() => chat.sendImage(ben.id, picture)).toThrow("createChat was not given `pictures`");
});
