/**
 * Who learns of another person's activity: every relation of two people against every way in which presence,
 * typing or read receipts could cross. The ways are taken from the API document and the event catalogue: one
 * without a row fails.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SERVER_EVENTS } from "../../../server/protocol/events.ts";
import { loadApiDocument, type Schema } from "../../harness/api_document.ts";
import type { TestUser } from "../../harness/app.ts";
import { eventually } from "../../harness/eventually.ts";
import { startNodes, type TestNode, type TestNodes } from "../../harness/nodes.ts";
import { openSocket, type TestSocket } from "../../harness/socket.ts";
import { createWorld, type World } from "../../harness/world.ts";

let nodes: TestNodes;
let node: TestNode;
let world: World;
beforeAll(async () => {
  nodes = await startNodes(1);
  node = nodes.nodes[0]!;
  world = createWorld(node);
});
afterAll(() => nodes.close());

/** Ana, who is premium, looks; Ben comes, goes, types and reads. */
interface Pair {
  readonly ana: TestUser;
  readonly ben: TestUser;
}

/** Where their messages are, if they have any: Ben reads `early` before their relation ends and `late` after it. */
interface Written {
  readonly conversationId: string;
  readonly early: string;
  readonly late: string;
}

interface Relation {
  /** Whether activity crosses. */
  readonly shares: boolean;
  begin(pair: Pair): Promise<Written | null>;
  end?(pair: Pair): Promise<unknown>;
}

async function call(by: TestUser, method: string, path: string, body?: object) {
  const answer = await node.request(method, `/api/v1${path}`, { token: by.token, body });
  if (answer.status >= 400) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const read = (by: TestUser, messageId: string) => call(by, "PUT", `/messages/${messageId}/read`);

async function ask(from: TestUser, to: TestUser): Promise<null> {
  await call(from, "POST", "/messages/request", { receiver_id: to.id, content: "hello" });
  return null;
}

async function write({ ana, ben }: Pair): Promise<Written> {
  const { message_id: early, conversation_id: conversationId } = await world.say(ana, ben);
  await read(ben, early);
  return { conversationId, early, late: (await world.say(ana, ben)).message_id };
}

async function match(pair: Pair): Promise<Written> {
  await world.befriend(pair.ana, pair.ben);
  return await write(pair);
}

const RELATIONS: Readonly<Record<string, Relation>> = {
  strangers: { shares: false, begin: async () => null },
  "Ana has asked": { shares: false, begin: ({ ana, ben }) => ask(ana, ben) },
  "Ben has asked": { shares: false, begin: ({ ana, ben }) => ask(ben, ana) },
  "Ana writes without a match": { shares: true, begin: write },
  matched: { shares: true, begin: match },
  unmatched: { shares: false, begin: match, end: ({ ana, ben }) => world.unmatch(ana, ben) },
  "blocked by Ana": { shares: false, begin: match, end: ({ ana, ben }) => world.block(ana, ben) },
  "blocked by Ben": { shares: false, begin: match, end: ({ ana, ben }) => world.block(ben, ana) },
  "blocked and unblocked": {
    shares: false,
    begin: match,
    async end({ ana, ben }) {
      await world.block(ana, ben);
      await call(ana, "DELETE", `/users/${ben.id}/block`);
    },
  },
};

interface Seen extends Pair {
  readonly written: Written | null;
  readonly socket: TestSocket;
  /** Position in Ana's log before Ben did anything. */
  readonly since: number;
}

/** Whether Ana learns of what Ben did since; and where she does not although activity crosses, or undefined. */
interface Channel {
  readonly neverIn?: readonly string[];
  learns(seen: Seen): Promise<boolean> | boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
const shows = (card: any) => card != null && (card.is_online !== null || card.last_active !== null);
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
const isBen = (ben: TestUser) => (item: any) =>
  (item.user ?? item.sender ?? item.receiver ?? item).id === ben.id;
const heard = (name: string) => ({ learns: ({ socket, ben }: Seen) => of(socket, name, ben).length > 0 });
const of = (socket: TestSocket, name: string, ben: TestUser) =>
  socket.all(name).filter(({ data }) => data.user_id === ben.id);

/** The card of Ben in events of Ana's log, told anew to a socket and over REST. */
function cardIn(name: string, neverIn: readonly string[] = []): Channel {
  return {
    neverIn,
    async learns({ ana, ben }) {
      const fresh = await openSocket(node.url, { token: ana.token, since: 0 });
      await fresh.event("presence_snapshot");
      await fresh.close();
      const { data } = await call(ana, "GET", "/sync?since=0&limit=500");
      const told: { event: string; data: { user?: { id: string } } }[] = [...fresh.frames, ...data.events];
      const cards = told.filter(({ event }) => event === name).map((one) => one.data.user);
      return cards.some((card) => card?.id === ben.id && shows(card));
    },
  };
}

const CHANNELS: Readonly<Record<string, Channel>> = {
  "event user_online": heard("user_online"),
  "event user_offline": heard("user_offline"),
  "event user_typing": heard("user_typing"),
  "event new_message": cardIn("new_message"),
  "event request_received": cardIn("request_received", ["Ana writes without a match", "matched"]),
  "event match_created": cardIn("match_created", ["Ana writes without a match"]),
  "event message_read": {
    learns: ({ socket, ben }) => socket.all("message_read").some(({ data }) => data.read_by === ben.id),
  },
  "event presence_snapshot": {
    async learns({ ana, ben, since }) {
      const fresh = await openSocket(node.url, { token: ana.token, since });
      const { data } = await fresh.event("presence_snapshot");
      await fresh.close();
      return data.online.includes(ben.id);
    },
  },
  "GET /api/v1/sync": {
    async learns({ ana, ben, since }) {
      const { data } = await call(ana, "GET", `/sync?since=${since}`);
      return data.events.some(
        (one: { event: string; data: { read_by: string } }) =>
          one.event === "message_read" && one.data.read_by === ben.id,
      );
    },
  },
  "GET /api/v1/conversations": {
    async learns({ ana, ben }) {
      const lists = await Promise.all(
        ["active", "archived"].map((type) => call(ana, "GET", `/conversations?type=${type}`)),
      );
      const item = lists.flatMap(({ data }) => data.conversations).find(isBen(ben));
      return shows(item?.user) || item?.last_message.is_read === true;
    },
  },
  "GET /api/v1/conversations/:id": {
    async learns({ ana, written }) {
      if (!written) return false;
      const path = `/api/v1/conversations/${written.conversationId}`;
      const { body } = await node.request("GET", path, { token: ana.token });
      const item = body.data?.conversation;
      return shows(item?.user) || item?.last_message?.is_read === true;
    },
  },
  "GET /api/v1/conversations/:id/messages": {
    async learns({ ana, written }) {
      if (!written) return false;
      const path = `/api/v1/conversations/${written.conversationId}/messages`;
      const { body } = await node.request("GET", path, { token: ana.token });
      const late = body.data?.messages.find(({ id }: { id: string }) => id === written.late);
      return late !== undefined && (late.is_read || late.read_at !== undefined);
    },
  },
  "GET /api/v1/matches": {
    neverIn: ["Ana writes without a match"],
    learns: async ({ ana, ben }) =>
      shows((await call(ana, "GET", "/matches")).data.matches.find(isBen(ben))?.user),
  },
  "GET /api/v1/users/:id/profile": {
    async learns({ ana, ben }) {
      const { body } = await node.request("GET", `/api/v1/users/${ben.id}/profile`, { token: ana.token });
      return shows(body.data);
    },
  },
  "GET /api/v1/discovery/profiles": {
    // Whoever shares activity is not in the feed.
    neverIn: ["Ana writes without a match", "matched"],
    async learns({ ana, ben }) {
      const { data } = await call(ana, "GET", "/discovery/profiles?limit=50");
      return shows(data.profiles.find(isBen(ben)));
    },
  },
  "GET /api/v1/messages/requests": {
    neverIn: ["Ana writes without a match"],
    async learns({ ana, ben }) {
      const queries = ["sent", "received"].flatMap((type) =>
        ["pending", "accepted", "declined", "cancelled"].map((status) => `type=${type}&status=${status}`),
      );
      const lists = await Promise.all(
        queries.map((query) => call(ana, "GET", `/messages/requests?${query}`)),
      );
      const item = lists.flatMap(({ data }) => data.requests).find(isBen(ben));
      return shows(item?.sender ?? item?.receiver);
    },
  },
  "GET /api/v1/users/me/export": {
    async learns({ ana, written }) {
      const { data } = await call(ana, "GET", "/users/me/export");
      const sent = data.messages_sent as { id: string; content: string; read_at: string | null }[];
      const late = sent.find(({ id, content }) => (written ? id === written.late : content === "hello"));
      return late !== undefined && late.read_at !== null;
    },
  },
};

/** Shown of the caller themselves, or what the call itself makes visible. */
const OTHERS: Readonly<Record<string, string>> = {
  "GET /api/v1/users/profile": "one's own",
  "PUT /api/v1/users/profile": "one's own",
  "POST /api/v1/auth/signup": "one's own",
  "POST /api/v1/auth/verify-otp": "one's own",
  "PUT /api/v1/messages/:id/read": "the reader's own",
  "POST /api/v1/conversations/:id/read": "the reader's own",
  "POST /api/v1/discovery/action": "a match that it has just made",
  "POST /api/v1/messages/request/:id/respond": "a conversation that it has just opened",
};

const FACTS = ["is_online", "last_active", "is_typing", "is_read", "read_at", "online", "peer_read_seq"];

function tellsActivity({ properties = {}, items, anyOf = [] }: Schema): boolean {
  const inner = [...Object.values(properties), ...(items ? [items] : []), ...anyOf];
  return FACTS.some((name) => Object.hasOwn(properties, name)) || inner.some(tellsActivity);
}

test("every route and event that tells of activity has a row, or is about oneself", async () => {
  const { operations } = await loadApiDocument(node.app);
  const routes = operations
    // Staff see what staff see; the access matrix of administration judges that.
    .filter(({ path }) => !path.startsWith("/api/v1/admin/"))
    .filter(({ responses }) =>
      Object.values(responses).some(
        ({ content }) => content && tellsActivity(content["application/json"].schema),
      ),
    )
    .map(({ name }) => name);
  const events = Object.entries(SERVER_EVENTS)
    .filter(([name, { data }]) => name === "user_online" || tellsActivity(data as unknown as Schema))
    .map(([name]) => `event ${name}`);
  const known = new Set([...Object.keys(CHANNELS), ...Object.keys(OTHERS)]);
  expect([...routes, ...events].filter((name) => !known.has(name))).toEqual([]);
  const found = new Set([...routes, ...events, "GET /api/v1/sync"]);
  expect([...known].filter((name) => !found.has(name))).toEqual([]);
});

/** Lets Ben come, go, type and read, and a friend of his see all of it. */
async function play({ begin, end }: Relation): Promise<Seen> {
  const pair = { ana: await nodes.createUser({ premium: true }), ben: await nodes.createUser() };
  const { ana, ben } = pair;
  const friend = await nodes.createUser();
  await world.befriend(friend, ben);
  const written = await begin(pair);
  const [socket, witness] = [
    await openSocket(node.url, { token: ana.token }),
    await openSocket(node.url, { token: friend.token }),
  ];
  await end?.(pair);
  const { data } = await call(ana, "GET", "/sync?since=0&limit=500");
  const from = socket.frames.length;
  const device = await openSocket(node.url, { token: ben.token });
  const came = () => of(witness, "user_online", ben).length;
  await eventually(() => came() > 0, { what: "Ben online" });
  for (const shown of [false, true]) {
    const before = came() + of(witness, "user_offline", ben).length;
    await call(ben, "PUT", "/users/profile", { show_activity_status: shown });
    await eventually(() => came() + of(witness, "user_offline", ben).length > before);
  }
  if (written) {
    await device.call("typing_start", { conversation_id: written.conversationId });
    await device.call("mark_read", { message_id: written.late });
  } else {
    await readRequests(ben);
  }
  // An answer comes after whatever was on its way before it.
  await socket.call("mark_read", { message_id: crypto.randomUUID() });
  socket.frames.splice(0, from);
  await witness.close();
  return { ...pair, written, socket, since: data.seq };
}

async function readRequests(by: TestUser) {
  const { data } = await call(by, "GET", "/messages/requests");
  for (const { message_id } of data.requests) await read(by, message_id);
}

for (const [name, relation] of Object.entries(RELATIONS)) {
  describe(name, () => {
    let seen: Seen;
    beforeAll(async () => {
      seen = await play(relation);
    });
    for (const [channel, { learns, neverIn = [] }] of Object.entries(CHANNELS)) {
      const expected = relation.shares && !neverIn.includes(name);
      test(`${channel}: ${expected ? "crosses" : "nothing"}`, async () => {
        expect(await learns(seen)).toBe(expected);
      });
    }
    test("what was read before stays read, unless a block hides it", async () => {
      const { ana, written } = seen;
      if (!written || name.startsWith("blocked by")) return;
      const { data } = await call(ana, "GET", `/conversations/${written.conversationId}/messages`);
      const early = data.messages.find(({ id }: { id: string }) => id === written.early);
      expect(early).toMatchObject({ is_read: true, read_at: expect.stringMatching(/Z$/) });
    });
  });
}
