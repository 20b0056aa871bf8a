/** Both codecs: what they write is read back by the other side's own parser; what is hostile is named, never thrown. */
import { describe, expect, test } from "bun:test";
import { decodePacket as decodeEngine } from "engine.io-parser";
import fc from "fast-check";
import { Decoder, PacketType } from "socket.io-parser";
import { type Codec, parseJson } from "./codec.ts";
import { jsonCodec } from "./codec_json.ts";
import { connectErrorPacket, connectPacket, socketIoCodec } from "./codec_socketio.ts";

/** Reads a frame of ours as the stock client does. */
// biome-ignore lint/suspicious/noExplicitAny: whatever was sent
function readStock(frame: string): any {
  const message = decodeEngine(frame);
  expect(message.type).toBe("message");
  const decoder = new Decoder();
  let packet: unknown;
  decoder.on("decoded", (decoded) => {
    packet = decoded;
  });
  decoder.add(message.data);
  return packet;
}

const text = fc.string({ unit: "binary", maxLength: 40 });
const data = fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)));
const name = fc.constantFrom("send_message", "new_message", "user_typing");
const seq = fc.option(fc.nat(), { nil: undefined });

test("json: every frame of ours is JSON with what went in", () => {
  const ids = fc.oneof(text, fc.integer());
  fc.assert(
    fc.property(name, data, seq, fc.option(ids, { nil: undefined }), (event, payload, at, id) => {
      const frame = jsonCodec.event(event, JSON.stringify(payload), { seq: at, id });
      expect(JSON.parse(frame)).toEqual(JSON.parse(JSON.stringify({ event, id, seq: at, data: payload })));
      if (id === undefined) return;
      const ack = JSON.parse(jsonCodec.ack(id, JSON.stringify(payload)));
      expect(ack).toEqual({ event: "ack", id, data: JSON.parse(JSON.stringify(payload)) });
    }),
  );
});

test("json: a client's frame is read as it was meant", () => {
  const ids = fc.oneof(fc.string({ minLength: 1, maxLength: 64 }), fc.maxSafeInteger());
  fc.assert(
    fc.property(name, data, fc.option(ids, { nil: undefined }), (event, payload, id) => {
      const frame = JSON.stringify({ event, data: payload, id });
      expect(jsonCodec.decode(frame)).toEqual({ kind: "event", event, data: JSON.parse(frame).data, id });
    }),
  );
});

test("socket.io: the stock parser reads our events and acknowledgements", () => {
  fc.assert(
    fc.property(name, data, seq, fc.nat(), (event, payload, at, id) => {
      const json = JSON.stringify(payload);
      const wire = JSON.parse(json);
      const sent = readStock(socketIoCodec.event(event, json, { seq: at }));
      expect(sent).toMatchObject({ type: PacketType.EVENT, nsp: "/" });
      expect(sent.data).toEqual(at === undefined ? [event, wire] : [event, wire, { seq: at }]);
      const ack = readStock(socketIoCodec.ack(id, json));
      expect(ack).toMatchObject({ type: PacketType.ACK, id });
      expect(ack.data).toEqual([{ success: true, data: wire }]);
      expect(readStock(socketIoCodec.error(json, id)).data).toEqual([{ success: false, error: wire }]);
      expect(readStock(socketIoCodec.error(json)).data).toEqual(["error", wire]);
    }),
  );
});

test("socket.io: handshake, connect and its refusal are what the stock client expects", () => {
  const open = decodeEngine(socketIoCodec.greeting("abc")[0]!);
  expect(open.type).toBe("open");
  expect(JSON.parse(open.data)).toEqual({
    sid: "abc",
    upgrades: [],
    pingInterval: 25_000,
    pingTimeout: 10_000,
    maxPayload: 16_384,
  });
  expect(readStock(connectPacket("abc"))).toMatchObject({ type: PacketType.CONNECT, data: { sid: "abc" } });
  expect(readStock(connectErrorPacket('no "way"', '{"code":"UNAUTHORIZED"}'))).toMatchObject({
    type: PacketType.CONNECT_ERROR,
    data: { message: 'no "way"', data: { code: "UNAUTHORIZED" } },
  });
  const farewell = (reconnect: boolean, entered: boolean) =>
    socketIoCodec
      .farewell({ message: "x", json: "{}", reconnect, entered })
      .map((frame) => readStock(frame).type);
  expect(farewell(true, true)).toEqual([PacketType.EVENT]);
  expect(farewell(false, true)).toEqual([PacketType.EVENT, PacketType.DISCONNECT]);
  expect(farewell(false, false)).toEqual([PacketType.CONNECT_ERROR]);
  expect(farewell(true, false)).toEqual([]);
});

test("socket.io: a client's packets are read as they were meant", () => {
  const reading: [frame: string, meaning: object][] = [
    ["40", { kind: "connect", auth: {} }],
    ['40{"token":"t","since":3}', { kind: "connect", auth: { token: "t", since: 3 } }],
    ['40/,{"token":"t"}', { kind: "connect", auth: { token: "t" } }],
    ['40/admin,{"token":"t"}', { kind: "reply", frame: '44/admin,{"message":"Invalid namespace"}' }],
    ['42/admin,["x"]', { kind: "alive" }],
    ['42["mark_read",{"message_id":"1"}]', { kind: "event", event: "mark_read", data: { message_id: "1" } }],
    ['4212["typing_stop",{}]', { kind: "event", event: "typing_stop", data: {}, id: 12 }],
    ['420["hello"]', { kind: "event", event: "hello", data: {}, id: 0 }],
    ["41", { kind: "leave" }],
    ["1", { kind: "leave" }],
    ["2probe", { kind: "reply", frame: "3probe" }],
    ["3", { kind: "alive" }],
    ['431["late"]', { kind: "alive" }],
  ];
  for (const [frame, meaning] of reading) expect(socketIoCodec.decode(frame)).toMatchObject(meaning);
});

describe("hostile text", () => {
  const deep = `${"[".repeat(4000)}${"]".repeat(4000)}`;
  const fatal = ["", "9", "b AAAA", "451-[]", '461-["x"]', "4", "47", "4[", "40{", `40${deep}`, "null"];
  const invalid = ["42", "42{}", '42["', "42[]", "42[1]", '42[""]', `42${deep}`, '429999999999999999["x"]'];

  test("socket.io names it", () => {
    for (const frame of fatal) expect([frame, socketIoCodec.decode(frame).kind]).toEqual([frame, "fatal"]);
    for (const frame of invalid)
      expect([frame, socketIoCodec.decode(frame).kind]).toEqual([frame, "invalid"]);
  });

  test("json names it", () => {
    const frames = [
      "",
      "null",
      "1",
      '"x"',
      "[]",
      "{}",
      "{",
      deep,
      `{"event":"x","data":${deep}}`,
      '{"event":1}',
      '{"event":""}',
      '{"event":null}',
      '{"event":{"toString":1}}',
      '{"event":"x","id":{}}',
      '{"event":"x","id":""}',
      `{"event":"x","id":"${"i".repeat(65)}"}`,
      '{"event":"x","id":1.5}',
      '{"event":"x","id":1e400}',
    ];
    for (const frame of frames) expect([frame, jsonCodec.decode(frame).kind]).toEqual([frame, "invalid"]);
  });

  test("keys of the prototype stay data", () => {
    const read = jsonCodec.decode('{"event":"__proto__","data":{"__proto__":{"x":1},"constructor":2}}');
    expect(read).toMatchObject({ kind: "event", event: "__proto__" });
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  test("whatever comes, decoding answers and does not throw", () => {
    const wire = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      fc
        .tuple(fc.constantFrom("0", "1", "2", "3", "4", "40", "42", "43", "42/"), fc.json())
        .map((p) => p.join("")),
    );
    fc.assert(
      fc.property(wire, fc.constantFrom<Codec>(jsonCodec, socketIoCodec), (frame, codec) => {
        expect(codec.decode(frame).kind).toBeString();
      }),
      { numRuns: 2000 },
    );
  });

  test("eight levels pass, nine do not", () => {
    const nest = (levels: number) => `${"[".repeat(levels)}1${"]".repeat(levels)}`;
    expect(parseJson(nest(8))).toBeDefined();
    expect(parseJson(nest(9))).toBeUndefined();
  });
});
