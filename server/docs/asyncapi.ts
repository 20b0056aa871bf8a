/**
 * The AsyncAPI 3 document of the socket, made from the catalogues beside it. It is seen from the server, which
 * *receives* what clients send. Pure.
 * @module
 */

import { LIMITS } from "../domain/limits.ts";
import { BOUNDS } from "../protocol/bounds.ts";
import { CLOSE_CODE_DOCS, CLOSE_CODES, type CloseReason } from "../protocol/close_codes.ts";
import { ERRORS } from "../protocol/errors.ts";
import {
  CLIENT_EVENTS,
  type ClientEventName,
  DURABLE_EVENTS,
  SERVER_EVENTS,
  type ServerEventName,
} from "../protocol/events.ts";
import { exampleOf, type Json, plainSchema } from "./json_schema.ts";

/** What the document needs beside the catalogues. */
export interface AsyncApiOptions {
  /** Version of the API. */
  readonly version: string;
  /** The server, as `https://host` or `http://host:3000`. */
  readonly url: string;
}

const CHANNEL = "#/channels/socket";
/** Events that answer a client's frame; the server sends all others by itself. */
const ANSWERS: ReadonlySet<string> = new Set(["authenticated", "ack", "error"]);

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
  const messages = [...clientEvents, ...serverEvents];
  return {
    asyncapi: "3.0.0",
    info: {
      title: "VibesMatch messaging socket",
      version,
      license: { name: "MIT" },
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
        ...Object.fromEntries(clientEvents.map((name) => [name, clientMessage(name)])),
        ...Object.fromEntries(serverEvents.map((name) => [name, serverMessage(name)])),
      },
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
  const answer = name === "authenticate" ? "authenticated" : "ack";
  return {
    action: "receive",
    channel: { $ref: CHANNEL },
    summary: doc,
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
    messages: [{ $ref: `${CHANNEL}/messages/${name}` }],
  };
}

const FRAME_ID = {
  description: "The client's own name for its frame, echoed on the answer",
  anyOf: [{ type: "string", minLength: 1, maxLength: BOUNDS.FRAME_ID.value }, { type: "integer" }],
};

function clientMessage(name: ClientEventName): Json {
  const { doc, data, limit, staff } = CLIENT_EVENTS[name] as {
    doc: string;
    data: unknown;
    limit?: keyof typeof LIMITS;
    staff?: boolean;
  };
  const words = [doc, limit && `Counted against \`${limit}\`: by default ${LIMITS[limit].fallback}.`];
  return {
    name,
    summary: doc,
    description: words.filter(Boolean).join("\n\n"),
    contentType: "application/json",
    tags: [{ name: "client" }, ...(staff ? [{ name: "staff" }] : [])],
    correlationId: { location: "$message.payload#/id" },
    ...framed(name, { data, more: { id: FRAME_ID }, example: { id: "1" } }),
  };
}

function serverMessage(name: ServerEventName): Json {
  const { doc, data, staff } = SERVER_EVENTS[name] as { doc: string; data: unknown; staff?: boolean };
  const isDurable = name in DURABLE_EVENTS;
  const kind = isDurable ? "durable" : ANSWERS.has(name) ? "answer" : "passing";
  const seq = {
    type: "integer",
    minimum: 1,
    description: "Position in the person's log: resume from it, and treat one already seen as a duplicate",
  };
  const more = isDurable ? { seq } : ANSWERS.has(name) ? { id: FRAME_ID } : {};
  return {
    name,
    summary: doc,
    contentType: "application/json",
    tags: [{ name: "server" }, { name: kind }, ...(staff ? [{ name: "staff" }] : [])],
    ...(kind === "answer" ? { correlationId: { location: "$message.payload#/id" } } : {}),
    ...framed(name, {
      data: name === "error" ? withCodes(data) : data,
      more,
      example: isDurable ? { seq: 42 } : kind === "answer" ? { id: "1" } : {},
      required: isDurable ? ["seq"] : [],
    }),
  };
}

interface Framing {
  readonly data: unknown;
  /** Further members of the frame. */
  readonly more: Json;
  /** Their values in the example. */
  readonly example: Json;
  readonly required?: readonly string[];
}

function framed(name: string, { data, more, example, required = [] }: Framing): Json {
  const schema = plainSchema(data);
  return {
    payload: {
      type: "object",
      required: ["event", "data", ...required],
      properties: { event: { const: name }, data: schema, ...more },
    },
    examples: [{ name, payload: { event: name, ...example, data: exampleOf(schema) } }],
  };
}

/** The present codes; clients must accept unknown ones. */
function withCodes(data: unknown): Json {
  const schema = plainSchema(data);
  const code = { type: "string", examples: Object.keys(ERRORS) };
  return { ...schema, properties: { ...(schema.properties as Json), code } };
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
