/**
 * The readable page of the socket: every event, close code, error and bound, made from the catalogues. It serves
 * nothing.
 * @module
 */

import { LIMITS, type LimitName } from "../domain/limits.ts";
import { BOUNDS } from "../protocol/bounds.ts";
import { CLOSE_CODE_DOCS, CLOSE_CODES, type CloseReason } from "../protocol/close_codes.ts";
import { ERRORS } from "../protocol/errors.ts";
import { CLIENT_EVENTS, type ClientEventName, DURABLE_EVENTS, EPHEMERAL_EVENTS } from "../protocol/events.ts";
import { ACKS, ackExample } from "./event_schemas.ts";
import { exampleOf, type Json, plainSchema } from "./json_schema.ts";
import { escapeHtml, mono, prose, table } from "./page.ts";

interface Spec {
  readonly doc: string;
  readonly data: unknown;
  readonly limit?: LimitName;
  readonly staff?: boolean;
}

/** @returns The page's body. */
export function eventsPage(): string {
  const groups: [title: string, id: string, events: Readonly<Record<string, Spec>>, frame: Json][] = [
    ["What clients send", "client", CLIENT_EVENTS as never, { id: "1" }],
    ["Stored and replayed", "durable", DURABLE_EVENTS, { seq: 42 }],
    ["Not stored: lost with the socket", "passing", EPHEMERAL_EVENTS, {}],
  ];
  return `<h1>Events of the socket</h1>
<p>The same in a form for machines: <a href="/docs/asyncapi.json">/docs/asyncapi.json</a>. The REST API:
<a href="/docs">/docs</a>. From signing in to a chat: <a href="/docs/guide">/docs/guide</a>.</p>
<h2 id="start">A connection</h2>
<p>Open <code>/ws</code> and authenticate with an access token of the REST API in one of three ways, never in the URL:
the first frame is <code>authenticate</code>, or the upgrade has the header
<code>Authorization: Bearer &lt;token&gt;</code>, or, in browsers, which cannot set headers, the subprotocol
<code>bearer.&lt;token&gt;</code> (<code>new WebSocket(url, ["vibesmatch", "bearer." + token])</code>). Frames are JSON
text. Existing apps use the stock <code>socket.io-client</code> with <code>transports: ["websocket"]</code>: the same
events under <code>/socket.io/</code>.</p>
<pre>${escapeHtml(CONVERSATION)}</pre>
<ul>
<li>A frame with an <code>id</code> is answered by <code>ack</code>, after the commit, or <code>error</code>, with
the same <code>id</code>.</li>
<li>Durable events have a <code>seq</code> that only grows. Keep the last one; a reconnect with it as
<code>since</code> brings what was missed, in order, then <code>caught_up</code>, then what is live. Numbers may be
left out; treat one already seen as a duplicate.</li>
<li>A <code>send_message</code> with a <code>client_message_id</code> may be sent again at any time, and is stored
once.</li>
<li>Unknown events and unknown members are to be ignored.</li>
</ul>
<h3 id="socketio">With socket.io-client</h3>
<pre>${escapeHtml(SOCKETIO)}</pre>
<p>What is emitted before <code>authenticate</code> is answered waits for it. <code>connect_error</code> with
<code>socket.active</code> false is final: a wrong token, a suspended account. Everything else the client retries by
itself.</p>
<p>${groups.map(([title, id]) => `<a href="#${id}">${title}</a>`).join(" · ")} · <a href="#closes">Close codes</a> ·
<a href="#errors">Errors</a> · <a href="#bounds">Bounds and limits</a></p>
${groups.map(([title, id, events, frame]) => group(title, { id, events, frame })).join("\n")}
<h2 id="closes">Close codes</h2>
<p>4000 to 4499: reconnect, with exponential backoff and full jitter, not before <code>retry_after_ms</code> of the
reason where there is one. 4500 to 4999: do not.</p>
${table(
  ["code", "name", "meaning", "reconnect"],
  Object.entries(CLOSE_CODES).map(([name, { code, reconnect }]) => [
    mono(String(code)),
    mono(name),
    prose(CLOSE_CODE_DOCS[name as CloseReason].doc),
    reconnect ? "yes" : "no",
  ]),
)}
<h2 id="errors">Errors</h2>
<p>Decide by the code, never by the message. The same codes as over REST.</p>
${table(
  ["code", "meaning", "retry may help"],
  Object.entries(ERRORS).map(([code, { message, retryable }]) => [
    mono(code),
    prose(message),
    retryable ? "yes" : "no",
  ]),
)}
<h2 id="bounds">Bounds and limits</h2>
${table(
  ["bound", "what"],
  Object.values(BOUNDS).map(({ value, unit, doc }) => [escapeHtml(`${value} ${unit}`), prose(doc)]),
)}
<p>Limits are configuration; these are the defaults. An <code>error</code> that comes from one has
<code>retry_after_ms</code> in its details.</p>
${table(
  ["limit", "default", "what"],
  Object.entries(LIMITS)
    .filter(([name]) => name.startsWith("WS_"))
    .map(([name, { fallback, doc }]) => [mono(name), escapeHtml(fallback), prose(doc)]),
)}
`;
}

const SOCKETIO = `const socket = io(url, {
  transports: ["websocket"],
  // Asked again at every reconnect; or emit "authenticate" with the same once connected.
  auth: (give) => give({ token, since: last }),
});
// An acknowledgement is REST's envelope: { success: true, data } or { success: false, error }. That of send_message
// stands for its new_message, and has the position of that; a retry's has none.
socket.emit("send_message", { receiver_id, content: "Hello!", client_message_id }, (answer, placed) => {
  if (placed) last = placed.seq;
});
// A durable event has its position beside its data. Without an acknowledgement a failure is an "error" event.
socket.on("new_message", (message, { seq }) => { last = seq; });
// Before the server closes, "error" says why and whether the client reconnects by itself.
socket.on("error", ({ code, details }) => {
  if (details.close_code && !details.reconnect) stop(code);
});`;

const CONVERSATION = `→ {"event":"authenticate","data":{"token":"…","since":41},"id":"1"}
← {"event":"authenticated","id":"1","data":{"user_id":"…","seq":42,"heartbeat_ms":25000,"session_id":"…"}}
← {"event":"new_message","seq":42,"data":{…}}
← {"event":"caught_up","data":{"seq":42}}
→ {"event":"send_message","data":{"receiver_id":"…","content":"Hi!","client_message_id":"…"},"id":"2"}
← {"event":"ack","id":"2","seq":43,"data":{"message_id":"…","conversation_id":"…","seq":7,"created_at":"…"}}`;

interface Group {
  readonly id: string;
  readonly events: Readonly<Record<string, Spec>>;
  /** Members of the example's frame beside event and data. */
  readonly frame: Json;
}

function group(title: string, { id, events, frame }: Group): string {
  const sections = Object.entries(events).map(([name, spec]) => section(name, { spec, frame }));
  return `<h2 id="${id}">${title}</h2>\n${sections.join("\n")}`;
}

function section(name: string, { spec, frame }: { spec: Spec; frame: Json }): string {
  const { doc, data, limit, staff } = spec;
  const schema = plainSchema(data) as { properties?: Record<string, Json>; required?: string[] };
  const fields = Object.entries(schema.properties ?? {}).map(([field, part]) => [
    mono(field),
    mono(typeOf(part)),
    schema.required?.includes(field) ? "" : "optional",
    prose(String(part.description ?? "")),
  ]);
  const tags = [staff && "staff", limit && `${limit}: ${LIMITS[limit].fallback}`].filter(Boolean);
  return [
    `<h3 id="${name}">${mono(name)}${tags.map((tag) => `<span class="tag">${escapeHtml(String(tag))}</span>`).join("")}</h3>`,
    `<p>${prose(doc)}</p>`,
    fields.length > 0 ? table(["field", "type", "", "meaning"], fields) : "",
    example({ event: name, ...frame, data: exampleOf(schema) }),
    ...(name in ACKS ? ["<p>Its answer:</p>", example(ackExample(name as ClientEventName))] : []),
  ].join("\n");
}

function example(frame: Json): string {
  return `<pre>${escapeHtml(JSON.stringify(frame, null, 2))}</pre>`;
}

function typeOf(schema: Json): string {
  const {
    type,
    enum: values,
    anyOf,
  } = schema as {
    type?: string | string[];
    enum?: unknown[];
    anyOf?: Json[];
  };
  if (values) return values.map((value) => JSON.stringify(value)).join(" | ");
  if (anyOf) return anyOf.map(typeOf).join(" | ");
  if (schema.format === "uuid") return [type].flat().includes("null") ? "UUID | null" : "UUID";
  if (schema.format === "date-time") return [type].flat().includes("null") ? "time | null" : "time";
  return type === undefined ? "anything" : [type].flat().join(" | ");
}
