/**
 * The AsyncAPI 3 document of the socket, made from the catalogues beside it. It is seen from the server, which
 * *receives* what clients send. Pure.
 * @module
 */

import { LIMITS } from "../domain/limits.ts";
import { BOUNDS } from "../protocol/bounds.ts";
import { CLOSE_CODE_DOCS, CLOSE_CODES, type CloseReason } from "../protocol/close_codes.ts";
import {
  CLIENT_EVENTS,
  type ClientEventName,
  DURABLE_EVENTS,
  SERVER_EVENTS,
  type ServerEventName,
} from "../protocol/events.ts";
import { ANSWERS, ackExample, answerTo, clientFrame, serverFrame } from "./event_schemas.ts";
import { exampleOf, hoist, type Json, type NamedSchemas, plainSchema } from "./json_schema.ts";

/** What the document needs beside the catalogues. */
export interface AsyncApiOptions {
  /** Version of the API. */
  readonly version: string;
  /** The server, as `https://host` or `http://host:3000`. */
  readonly url: string;
}

const CHANNEL = "#/channels/socket";

/**
 * @returns The document.
 *
 * @example
 * ```ts
 * const document = asyncApiDocument({ version: "1.0.0", url: "https://api.example.com" });
 * ```
 */
export function asyncApiDocument({ version, url }: AsyncApiOptions): Json {
  const { protocol, host } = new URL(url);
  const clientEvents = Object.keys(CLIENT_EVENTS) as ClientEventName[];
  const serverEvents = Object.keys(SERVER_EVENTS) as ServerEventName[];
  const named: NamedSchemas = {};
  const messages = [...clientEvents, ...serverEvents];
  return {
    asyncapi: "3.0.0",
    info: {
      title: "VibesMatch messaging socket",
      version,
      contact: { name: "VibesMatch for developers", url: `${url}/docs` },
      license: { name: "MIT" },
      tags: [{ name: "messaging" }],
      description: description(),
    },
    defaultContentType: "application/json",
    servers: {
      socket: {
        host,
        pathname: "/ws",
        protocol: protocol === "https:" ? "wss" : "ws",
        description: "WebSocket frames of JSON text",
        security: [{ $ref: "#/components/securitySchemes/bearer" }],
      },
    },
    channels: {
      socket: {
        address: "/",
        title: "The socket",
        description: "Everything of one person on one device, in both directions",
        servers: [{ $ref: "#/servers/socket" }],
        messages: Object.fromEntries(
          messages.map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: { ws: { method: "GET", bindingVersion: "0.1.0" } },
      },
    },
    operations: {
      ...Object.fromEntries(clientEvents.map((name) => [`receive_${name}`, receiving(name)])),
      ...Object.fromEntries(
        serverEvents.filter((name) => !ANSWERS.has(name)).map((name) => [`send_${name}`, sending(name)]),
      ),
    },
    components: {
      messages: {
        ...Object.fromEntries(clientEvents.map((name) => [name, clientMessage(name, named)])),
        ...Object.fromEntries(serverEvents.map((name) => [name, serverMessage(name, named)])),
      },
      schemas: named,
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description:
            "An access token of the REST API: in the first `authenticate` frame, as `Authorization: Bearer` or as " +
            "subprotocol `bearer.<token>` on the upgrade. Never in the URL",
        },
      },
    },
  };
}

function receiving(name: ClientEventName): Json {
  const { doc } = CLIENT_EVENTS[name];
  const answer = answerTo(name);
  return {
    action: "receive",
    channel: { $ref: CHANNEL },
    summary: doc,
    description: `A client sends \`${name}\`; the server answers \`${answer}\` or \`error\` if the frame has an \`id\`.`,
    messages: [{ $ref: `${CHANNEL}/messages/${name}` }],
    reply: {
      channel: { $ref: CHANNEL },
      messages: [{ $ref: `${CHANNEL}/messages/${answer}` }, { $ref: `${CHANNEL}/messages/error` }],
    },
  };
}

function sending(name: ServerEventName): Json {
  return {
    action: "send",
    channel: { $ref: CHANNEL },
    summary: SERVER_EVENTS[name].doc,
    description: `The server sends \`${name}\`. ${name in DURABLE_EVENTS ? DELIVERY.durable : DELIVERY.passing}`,
    messages: [{ $ref: `${CHANNEL}/messages/${name}` }],
  };
}

function clientMessage(name: ClientEventName, named: NamedSchemas): Json {
  const { doc, data, limit, staff } = CLIENT_EVENTS[name] as {
    doc: string;
    data: unknown;
    limit?: keyof typeof LIMITS;
    staff?: boolean;
  };
  const answer = `Answered by \`${answerTo(name)}\` or \`error\`, if it has an \`id\`.`;
  const counted = limit && `Counted against \`${limit}\`: by default ${LIMITS[limit].fallback}.`;
  return {
    ...head(name, doc),
    description: [answer, counted].filter(Boolean).join("\n\n"),
    tags: [{ name: "client" }, ...(staff ? [{ name: "staff" }] : [])],
    correlationId: { location: "$message.payload#/id" },
    payload: hoist(clientFrame(name), named),
    examples: [{ name, payload: { event: name, id: "1", data: exampleOf(plainSchema(data)) } }],
  };
}

function serverMessage(name: ServerEventName, named: NamedSchemas): Json {
  const { doc, staff } = SERVER_EVENTS[name] as { doc: string; staff?: boolean };
  const isDurable = name in DURABLE_EVENTS;
  const kind = isDurable ? "durable" : ANSWERS.has(name) ? "answer" : "passing";
  const more = isDurable ? { seq: 42 } : kind === "answer" ? { id: "1" } : {};
  const data = exampleOf(plainSchema(SERVER_EVENTS[name].data));
  return {
    ...head(name, doc),
    description: DELIVERY[kind],
    tags: [{ name: "server" }, { name: kind }, ...(staff ? [{ name: "staff" }] : [])],
    ...(kind === "answer" ? { correlationId: { location: "$message.payload#/id" } } : {}),
    payload: hoist(serverFrame(name), named),
    examples: name === "ack" ? ackExamples() : [{ name, payload: { event: name, ...more, data } }],
  };
}

const DELIVERY = {
  durable: "Kept for 30 days, with a position in the person's log, and replayed after a pause.",
  answer: "Answers the client's frame with the same `id`.",
  passing: "Not kept: a client that is not connected does not get it.",
};

/** The answer to each client event. */
function ackExamples(): Json[] {
  return (Object.keys(CLIENT_EVENTS) as ClientEventName[])
    .filter((name) => answerTo(name) === "ack")
    .map((name) => ({ name, summary: `Answers \`${name}\``, payload: ackExample(name) }));
}

/** What every message has. */
function head(name: string, doc: string): Json {
  return { name, title: name.replaceAll("_", " "), summary: doc, contentType: "application/json" };
}

function description(): string {
  const closes = Object.entries(CLOSE_CODES).map(
    ([name, { code, reconnect }]) =>
      `| ${code} | ${CLOSE_CODE_DOCS[name as CloseReason].doc} | ${reconnect ? "yes" : "no"} |`,
  );
  const bounds = Object.values(BOUNDS).map(({ value, unit, doc }) => `| ${value} ${unit} | ${doc} |`);
  return [
    "Frames are JSON text. A client sends `{event, data, id?}`; the server answers a frame that has an `id` with " +
      "`ack` or `error` and the same `id`, and sends `{event, data, seq?}` unasked. Unknown events and members are " +
      "to be ignored.",
    "",
    "**Resuming.** Durable events have a `seq` that only grows. Keep the last one, also that of an `ack`, and give it as `since` in " +
      "`authenticate`: what was missed comes in order, then `caught_up`, then what is live. Numbers may be left out; " +
      "treat a `seq` already seen as a duplicate.",
    "",
    "**Retries.** A `send_message` with a `client_message_id` may be sent again at any time, and is stored once.",
    "",
    "**Close codes.** 4000 to 4499: reconnect, with backoff and jitter, not before `retry_after_ms` of the reason. " +
      "4500 to 4999: do not.",
    "",
    "| code | meaning | reconnect |",
    "|---|---|---|",
    ...closes,
    "",
    "**Bounds.**",
    "",
    "| bound | what |",
    "|---|---|",
    ...bounds,
  ].join("\n");
}
