/**
 * Random frames of every client's event, out of its declared schema and beside it, on real sockets before and after
 * authentication: each has its answer or a documented close, never an error of ours, and the server lives.
 *
 * `FUZZ_RUNS` makes it longer, `FUZZ_SEED` repeats or varies it.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BOUNDS } from "../../server/protocol/bounds.ts";
import { CLOSE_CODES } from "../../server/protocol/close_codes.ts";
import { ERRORS } from "../../server/protocol/errors.ts";
import { CLIENT_EVENTS, type ClientEventName } from "../../server/protocol/events.ts";
import type { Schema } from "../harness/api_document.ts";
import type { TestUser } from "../harness/app.ts";
import { fitting, text } from "../harness/fitting.ts";
import { findViolations } from "../harness/invariants.ts";
import { startNodes, type TestNodes } from "../harness/nodes.ts";
import { type Closed, type Frame, TestSocket } from "../harness/socket.ts";

const RUNS = Number(Bun.env.FUZZ_RUNS ?? 120);
const SEED = Number(Bun.env.FUZZ_SEED ?? 20_261_122);
const HANG_MS = 8_000;
const EVENTS = Object.keys(CLIENT_EVENTS) as ClientEventName[];
const STRANGER = "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11";

let nodes: TestNodes;
let people: TestUser[];
let pool: string[];
/** What the log has of failures that nobody expected. */
const unexpected: string[] = [];

beforeAll(async () => {
  nodes = await startNodes(1, {
    logTo: { write: (line: string) => line.includes("unexpected error") && unexpected.push(line) },
  });
  const { ana, ben, conversationId } = await nodes.createPair();
  people = [ana, await nodes.createUser({ role: "moderator" })];
  const sent = await nodes.nodes[0]!.request("POST", "/api/v1/messages/send", {
    token: ben.token,
    body: { receiver_id: ana.id, content: "Hi" },
  });
  const others = [await nodes.createUser(), await nodes.createUser()].map(({ id }) => id);
  pool = [ana.id, ben.id, ...others, conversationId, sent.body.data.message_id, STRANGER];
});
afterAll(() => nodes.close());

/** One frame: as text, and the name under which it is answered, where it has one. */
interface Shot {
  readonly frame: string;
  readonly id: string | number | undefined;
}

const IDS = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 2 ** 53 - 1 }) },
  { weight: 2, arbitrary: fc.string({ minLength: 1, maxLength: BOUNDS.FRAME_ID.value }) },
  { weight: 1, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.oneof(fc.constant(""), fc.double(), fc.jsonValue(), fc.string({ minLength: 65 })),
  },
);
const HUGE = fc
  .tuple(fc.constantFrom("a", "😀", "\0", "\\", '"', "\ud800"), fc.integer({ min: 1_000, max: 20_000 }))
  .map(([unit, length]) => unit.repeat(length));
/** Keys that an object has before anybody gave it any. */
const PROTOTYPE = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"];

function shotOf(event: ClientEventName): fc.Arbitrary<Shot> {
  const schema = CLIENT_EVENTS[event].data as unknown as Schema;
  const { fit, value } = fitting(pool);
  const token = fc.constantFrom(...people.map((person) => person.token));
  const required = fc.constantFrom([...(schema.required ?? [])], Object.keys(schema.properties ?? {}));
  const fits = fc
    .tuple(fit(schema) as fc.Arbitrary<object>, required, fc.option(token, { nil: undefined }))
    .map(([data, kept, given]) => ({
      ...Object.fromEntries(Object.entries(data).filter(([key]) => kept.includes(key))),
      ...(event === "authenticate" && given && { token: given }),
    }));
  const keys = fc.constantFrom(...Object.keys(schema.properties ?? {}), "extra", "event", "id");
  const near = fc
    .tuple(fits, keys, fc.oneof(value(schema), text, HUGE, fc.jsonValue(), fc.double()))
    .map(([data, key, other]) => ({ ...data, [key]: other }));
  const data = fc.oneof(
    { weight: 5, arbitrary: fits },
    { weight: 5, arbitrary: near },
    { weight: 2, arbitrary: fc.oneof(text, fc.jsonValue({ maxDepth: 12 }), fc.constant(undefined)) },
  );
  const poison = fc.option(fc.constantFrom(...PROTOTYPE), { nil: undefined, freq: 5 });
  return fc.tuple(data, IDS, poison).map(([given, id, key]) => {
    // JSON can name a key that a literal cannot.
    const json = (JSON.stringify(given) ?? "null").replace(
      /^\{/,
      key === undefined ? "{" : `{${JSON.stringify(key)}:{"receiver_id":1},`,
    );
    const named = id === undefined ? "" : `,"id":${JSON.stringify(id)}`;
    const frame = `{"event":${JSON.stringify(event)},"data":${json.replace(/,\}$/, "}")}${named}}`;
    return { frame, id: isUsable(id) ? id : undefined };
  });
}

function isUsable(id: unknown): id is string | number {
  if (typeof id === "string") return id !== "" && id.length <= BOUNDS.FRAME_ID.value;
  // What JSON writes of it is what counts: -0 and 1e21 are others there.
  return Number.isSafeInteger(id) && !Object.is(id, -0);
}

/** A socket that is replaced once a frame has closed or authenticated it. */
class Range {
  readonly #token: string | undefined;
  #socket: TestSocket | undefined;
  #probes = 0;

  constructor(token: string | undefined) {
    this.#token = token;
  }

  /** Sends the frame and a probe behind it: frames are handled in order, so it must be answered by then. */
  async shoot({ frame }: Shot): Promise<{ frames: Frame[]; closed: Closed | undefined }> {
    const socket = await this.#ready();
    const before = socket.frames.length;
    const probe = `probe ${++this.#probes}`;
    const answered = Promise.withResolvers<undefined>();
    socket.onFrame = ({ id }) => id === probe && answered.resolve(undefined);
    socket.ws.send(frame);
    socket.send("mark_read", { message_id: crypto.randomUUID() }, probe);
    const hang = AbortSignal.timeout(HANG_MS);
    hang.onabort = () => answered.reject(new Error("no answer"));
    const closed = await Promise.race([answered.promise, socket.closed]);
    hang.onabort = null;
    const frames = socket.frames.slice(before).filter(({ id }) => id !== probe);
    if (closed || (this.#token === undefined && frames.some(({ event }) => event === "authenticated")))
      this.end();
    return { frames, closed };
  }

  end(): void {
    this.#socket?.ws.close();
    this.#socket = undefined;
  }

  async #ready(): Promise<TestSocket> {
    if (this.#socket) return this.#socket;
    const socket = new TestSocket(nodes.nodes[0]!.url);
    this.#socket = socket;
    await socket.opened;
    if (this.#token !== undefined) {
      socket.send("authenticate", { token: this.#token });
      await socket.event("authenticated");
    }
    return socket;
  }
}

/** Ours, and those of the protocol below for a frame that is too large or no text. */
const DOCUMENTED = [...Object.values(CLOSE_CODES).map(({ code }) => code), 1006, 1009];
const OUR_FAULT = ["INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE"];

function judge({ frame, id }: Shot, { frames, closed }: Awaited<ReturnType<Range["shoot"]>>): void {
  for (const { event, data } of frames) {
    if (event !== "error") continue;
    if (!Object.hasOwn(ERRORS, data.code) || OUR_FAULT.includes(data.code))
      throw new Error(JSON.stringify(data));
  }
  if (closed) {
    const { code } = closed;
    const tooLarge = code === 1006 || code === 1009;
    if (!DOCUMENTED.includes(code)) throw new Error(`closed with ${code}`);
    if (tooLarge !== Buffer.byteLength(frame) > BOUNDS.FRAME_SIZE.value)
      throw new Error(`closed with ${code}`);
    return;
  }
  if (id === undefined) return;
  const answers = frames.filter((answer) => answer.id === id);
  if (answers.length !== 1) throw new Error(`${answers.length} answers: ${JSON.stringify(frames)}`);
}

describe.each(EVENTS)("%s", (event) => {
  test.each([
    ["before authentication", undefined],
    ["authenticated", 0],
    ["as a moderator", 1],
  ] as const)("%s", async (_, who) => {
    const range = new Range(who === undefined ? undefined : people[who]!.token);
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(shotOf(event), async (shot) => {
        const outcome = await range.shoot(shot);
        judge(shot, outcome);
        for (const frame of outcome.frames) seen.add(frame.event);
      }),
      { numRuns: who === 1 ? Math.ceil(RUNS / 3) : RUNS, seed: SEED, endOnFailure: true },
    );
    range.end();
    expect(seen).toContain("error");
    // Where it may succeed it did: what fits got that far.
    if (who === 0 && event !== "admin_subscribe") {
      expect([...seen]).toContain(event === "authenticate" ? "authenticated" : "ack");
    }
  });
});

/** Packets of Socket.IO: events in its framing, and what only looks like packets. */
function packet(): fc.Arbitrary<string> {
  const token = people[0]!.token;
  const events = fc
    .tuple(fc.oneof(...EVENTS.map(shotOf)), fc.option(fc.nat(), { nil: "" }))
    .map(([shot, id]) => {
      const { event, data } = JSON.parse(shot.frame);
      return `42${id}${JSON.stringify([event, data])}`;
    });
  const heads = fc.constantFrom(
    "",
    ...["0", "1", "2", "3", "40", "41", "42", "421", "43", "44", "45", "51-", "40/x,", "42/,1"],
  );
  const broken = fc
    .tuple(heads, fc.oneof(text, fc.json({ maxDepth: 10 }), HUGE))
    .map(([head, rest]) => (head + rest).toWellFormed());
  const auth = fc.oneof(
    fc.constant({ token }),
    fc.jsonValue(),
    fc.record({ token: text, since: fc.double() }),
  );
  return fc.oneof(
    events,
    broken,
    auth.map((given) => `40${JSON.stringify(given)}`),
  );
}

test("Socket.IO's framing: after every packet the server answers a ping, or has closed with a documented code", async () => {
  let socket: WebSocket | undefined;
  let round = 0;
  await fc.assert(
    fc.asyncProperty(packet(), async (sent) => {
      const address = `${nodes.nodes[0]!.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`;
      const [fresh, ws] = [socket === undefined, socket ?? new WebSocket(address)];
      const ended = Promise.withResolvers<number>();
      const mark = `mark ${++round}`;
      const said: string[] = [];
      ws.onmessage = ({ data }) => (data === `3${mark}` ? ended.resolve(0) : said.push(data));
      ws.onclose = ({ code }) => ended.resolve(code);
      const hang = setTimeout(() => ended.reject(new Error("no answer")), HANG_MS);
      if (fresh) await new Promise((resolve) => ws.addEventListener("open", resolve));
      if (fresh) ws.send(`40${JSON.stringify({ token: people[0]!.token })}`);
      ws.send(sent);
      ws.send(`2${mark}`);
      const code = await ended.promise;
      clearTimeout(hang);
      socket = code === 0 ? ws : undefined;
      expect(said.filter((frame) => OUR_FAULT.some((fault) => frame.includes(fault)))).toEqual([]);
      // 1000: a packet that says goodbye.
      expect([0, 1000, ...DOCUMENTED]).toContain(code);
    }),
    { numRuns: RUNS * 2, seed: SEED, endOnFailure: true },
  );
  socket?.close();
});

test("the server is well, nothing unexpected was logged, and what must hold between the tables holds", async () => {
  const [node] = nodes.nodes;
  expect((await fetch(`${node!.url}/readyz`)).status).toBe(200);
  expect(unexpected).toEqual([]);
  expect(await findViolations(node!.context.database.sql)).toEqual([]);
});
