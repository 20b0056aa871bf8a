/**
 * Named schemas of the socket's frames and of their data, which both documents share: `new_message` is a
 * `NewMessageEvent` whose `data` is `NewMessageData`. With them what each client event is answered with. Pure.
 * @module
 */
import { type TSchema, Type } from "@sinclair/typebox";
import { ReadAnswer, SentMessage } from "../features/messages/mod.ts";
import { BOUNDS } from "../protocol/bounds.ts";
import { ERRORS } from "../protocol/errors.ts";
import {
  CLIENT_EVENTS,
  type ClientEventName,
  DURABLE_EVENTS,
  type DurableEventName,
  SERVER_EVENTS,
  type ServerEventName,
} from "../protocol/events.ts";
import { exampleOf, type Json, plainSchema } from "./json_schema.ts";

/** Answers to a client's frame; everything else comes unasked. */
export const ANSWERS: ReadonlySet<string> = new Set(["authenticated", "ack", "error"]);

const Nothing = Type.Object({});

/** The data of the answer to each client event that has an `id`; of `authenticate` it is `authenticated`'s. */
export const ACKS: Readonly<Record<ClientEventName, TSchema>> = {
  authenticate: SERVER_EVENTS.authenticated.data,
  send_message: SentMessage,
  mark_read: ReadAnswer,
  typing_start: Nothing,
  typing_stop: Nothing,
  received: Nothing,
  admin_subscribe: CLIENT_EVENTS.admin_subscribe.data,
};

/** @returns The event that answers a client's. */
export function answerTo(name: ClientEventName): "authenticated" | "ack" {
  return name === "authenticate" ? "authenticated" : "ack";
}

/** @returns The answer to a client's frame whose `id` is "1". */
export function ackExample(name: ClientEventName): Json {
  const data = exampleOf(plainSchema(ACKS[name]));
  const seq = name === "send_message" ? { seq: 43 } : {};
  return { event: answerTo(name), id: "1", ...seq, data };
}

const SEQ = {
  type: "integer",
  minimum: 1,
  description: "Position in the person's log: resume from it, and treat one already seen as a duplicate",
};
const ACK_SEQ = {
  ...SEQ,
  description: "Only of `send_message`: the position of the message's `new_message`",
};
const FRAME_ID = {
  description: "The client's own name for its frame, echoed on the answer",
  anyOf: [{ type: "string", minLength: 1, maxLength: BOUNDS.FRAME_ID.value }, { type: "integer" }],
};

/** `new_message` as `NewMessage`. */
export function pascalCase(name: string): string {
  return name.replace(/(?:^|_)(\w)/g, (_, first: string) => first.toUpperCase());
}

/** @returns The schema of a client's frame. */
export function clientFrame(name: ClientEventName): Json {
  return frame(name, CLIENT_EVENTS[name].data, { id: FRAME_ID });
}

/** @returns The schema of a frame of the server's. */
export function serverFrame(name: ServerEventName): Json {
  const { data } = SERVER_EVENTS[name];
  if (name in DURABLE_EVENTS) return frame(name, data, { seq: SEQ }, ["seq"]);
  if (name === "error") return frame(name, withCodes(data), { id: FRAME_ID });
  const answer = name === "ack" ? { id: FRAME_ID, seq: ACK_SEQ } : { id: FRAME_ID };
  return frame(name, data, ANSWERS.has(name) ? answer : {});
}

/**
 * What one event of the log is, told apart by its name. The routes' own check is loose, because the log holds what
 * earlier versions have stored.
 */
export function syncEvent(): Json {
  const names = Object.keys(DURABLE_EVENTS) as DurableEventName[];
  return {
    $id: "SyncEvent",
    description: "An event of the log, as the socket sends it",
    anyOf: names.map(serverFrame),
    discriminator: {
      propertyName: "event",
      mapping: Object.fromEntries(
        names.map((name) => [name, `#/components/schemas/${pascalCase(name)}Event`]),
      ),
    },
  };
}

function frame(name: string, data: unknown, more: Json, required: readonly string[] = []): Json {
  const named = { ...plainSchema(data), $id: `${pascalCase(name)}Data` };
  return {
    $id: `${pascalCase(name)}Event`,
    type: "object",
    required: ["event", "data", ...required],
    properties: { event: { type: "string", const: name }, data: named, ...more },
  };
}

/** The present codes; clients must accept unknown ones. */
function withCodes(data: unknown): Json {
  const schema = plainSchema(data);
  const code = { type: "string", examples: Object.keys(ERRORS) };
  return { ...schema, properties: { ...(schema.properties as Json), code } };
}
