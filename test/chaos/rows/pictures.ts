/**
 * Rows about pictures: their store is away, and a node dies between an upload and its completion.
 * @module
 */
import { makePeople } from "../../../cli/commands/load_users.ts";
import { makePhoto } from "../../../cli/load/photo.ts";
import { type Chat, createChat } from "../../../client/chat/mod.ts";
import { type PutFile, pictures } from "../../../client/media/mod.ts";
import { createRest } from "../../../client/mod.ts";
import { createMediaLife, keyOf } from "../../../server/features/media/life.ts";
import { openStore } from "../../../server/features/media/mod.ts";
import { eventually } from "../../harness/eventually.ts";
import { S3_KEYS } from "../../harness/media/s3.ts";
import { ask } from "../asking.ts";
import { type Fault, type Row, type TalkRow, underTalk } from "../row.ts";
import type { World } from "../world.ts";

const ARRIVES_WITHIN_MS = 60_000;
const PAIR = { groups: [{ people: 2, links: [[0, 1]] }] } as const;

/** Two people, one of whom sends a picture while something is broken. */
interface Scene extends AsyncDisposable {
  readonly conversationId: string;
  readonly from: { readonly id: string; readonly token: string; readonly chat: Chat };
  readonly to: { readonly id: string; readonly token: string; readonly chat: Chat };
  readonly photo: Blob;
  /** Resolves to how long it took until a picture came, ms. */
  readonly arrived: Promise<number>;
}

/** See the module. Their short form is `test/integration/media`. */
export const PICTURE_ROWS: readonly Row[] = [
  row("the store of pictures is away (503)", async (fault, { from, to, photo }) => {
    const { world, broken, holdMs, rate, blame, note } = fault;
    const waiting = await beginUpload(world, from.token, photo);
    const before = await world.countMessages();
    world.bucket.outage = 503;
    broken();
    from.chat.sendImage(to.id, photo);
    const call = { path: `/api/v1/media/${waiting}/complete`, token: from.token };
    await ask(world.front.url, { forMs: holdMs, blame, note, call });
    const written = (await world.countMessages()) - before;
    world.bucket.outage = null;
    if (written < (rate * holdMs) / 2_000) blame(`only ${written} texts were written meanwhile`);
    note(`texts meanwhile ${written}`);
  }),
  row("a node is killed between an upload and its completion", async (fault, { from, to, photo }) => {
    const { world, broken } = fault;
    const orphan = await beginUpload(world, from.token, photo);
    const restarted = Promise.withResolvers<unknown>();
    const put: PutFile = async ({ url, headers }, file) => {
      await fetch(url, { method: "PUT", headers, body: file });
      const node = world.nodes[0]!;
      restarted.resolve(world.replace(0, "SIGKILL"));
      broken();
      await node.ended;
    };
    // On the node that dies; it is back on its port a moment later.
    const chat = openChat(world.nodeUrls[0]!, { token: from.token, put });
    await chat.start();
    chat.sendImage(to.id, photo);
    await restarted.promise;
    await eventually(() => chat.unsent.getSnapshot().length === 0, {
      withinMs: ARRIVES_WITHIN_MS,
      what: "the answer",
    });
    await chat.close();
    await judgeOrphan(fault, orphan);
  }),
];

function row(name: string, act: (fault: Fault, scene: Scene) => Promise<void>): Row {
  let scene: Scene | undefined;
  const talk: TalkRow = {
    name,
    longOnly: true,
    async break(fault) {
      scene = await meet(fault.world);
      await act(fault, scene);
    },
    async after(fault) {
      await using over = scene!;
      await judgeArrival(fault, over);
    },
  };
  return underTalk(talk);
}

async function meet(world: World): Promise<Scene> {
  const io = { env: world.keys(), stdout: { write() {} }, stderr: { write() {} } };
  const runId = `pictures-${Bun.randomUUIDv7().slice(-8)}`;
  const { people, links } = await makePeople(io, {
    runId,
    layout: PAIR,
    signal: new AbortController().signal,
  });
  const [from, to] = people.map((person) => ({ ...person, chat: openChat(world.front.url, person) })) as [
    Scene["from"],
    Scene["to"],
  ];
  const conversationId = links[0]!.id;
  await Promise.all([from.chat.start(), to.chat.start()]);
  await to.chat.open(conversationId);
  const photo = await makePhoto();
  const arrived = Promise.withResolvers<number>();
  const begunAt = performance.now();
  to.chat.messages(conversationId).subscribe(() => {
    if (imagesOf(to.chat, conversationId).length > 0) arrived.resolve(performance.now() - begunAt);
  });
  return {
    conversationId,
    from,
    to,
    photo,
    arrived: arrived.promise,
    async [Symbol.asyncDispose]() {
      await Promise.all([from.chat.close(), to.chat.close()]);
    },
  };
}

function imagesOf(chat: Chat, conversationId: string) {
  const messages = chat.messages(conversationId).getSnapshot();
  return messages.filter(({ message_type }) => message_type === "image");
}

function openChat(url: string, { token, put }: { token: string; put?: PutFile }): Chat {
  return createChat({
    url,
    session: { access_token: token, refresh_token: "unused" },
    client: { minDelayMs: 50, maxDelayMs: 500 },
    pictures: (deps) => pictures(deps, put ? { put } : {}),
    onError: () => {},
  });
}

/** An upload whose file is there, and which nobody has completed. @returns Its id. */
async function beginUpload({ front }: World, token: string, photo: Blob): Promise<string> {
  const rest = createRest({ url: front.url, token });
  const body = { content_type: photo.type, size: photo.size };
  const { data } = await rest<{ media_id: string; upload: { url: string; headers: Record<string, string> } }>(
    "/api/v1/media",
    { method: "POST", body },
  );
  const { url, headers } = data.upload;
  const answer = await fetch(url, { method: "PUT", headers, body: photo });
  if (!answer.ok) throw new Error(`Cannot put the file: status ${answer.status}`);
  return data.media_id;
}

/** The picture is with the other person, once, and its thumbnail can be loaded. */
async function judgeArrival({ world, blame, note }: Fault, { conversationId, to, arrived }: Scene) {
  const shown = () => imagesOf(to.chat, conversationId);
  const late = Bun.sleep(ARRIVES_WITHIN_MS).then(() => undefined);
  const tookMs = await Promise.race([arrived, late]);
  if (tookMs === undefined) return blame("the picture never came");
  note(`picture after ${(tookMs / 1_000).toFixed(1)} s`);
  const { sql } = world.database;
  const stored = await sql`
    select 1 from messages where conversation_id = ${conversationId} and message_type = 'image'
  `;
  if (stored.length !== 1 || shown().length !== 1) blame(`it is there ${stored.length} times`);
  const { thumb_url = "" } = shown()[0]!.media ?? {};
  const thumb = await fetch(world.front.url + thumb_url);
  if (!thumb.ok) blame(`its thumbnail is answered with ${thumb.status}`);
}

/** What was uploaded and never completed goes when its term is over, and only that. */
async function judgeOrphan({ world, blame, note }: Fault, orphan: string): Promise<void> {
  const { database, bucket } = world;
  const has = () => bucket.objects.has(`pictures/${keyOf("upload", orphan)}`);
  const count = () => [...bucket.objects.keys()].filter((key) => !key.endsWith(orphan)).length;
  const store = openStore({
    mediaStore: bucket.store,
    s3AccessKeyId: S3_KEYS.accessKeyId,
    s3SecretAccessKey: S3_KEYS.secretAccessKey,
    dataDir: "",
  });
  const life = createMediaLife({ database, store, onError: (error) => blame(String(error)) });
  const purge = () => life.purge(performance.now() + 30_000);
  const others = count();
  await purge();
  if (!has()) blame("an upload was gone before its term");
  await database.sql`update media set created_at = now() - interval '25 hours' where id = ${orphan}`;
  await purge();
  if (has()) blame("an upload that nobody completed stays");
  else note("orphan gone after its term");
  if (count() !== others) blame("other pictures went with it");
}
