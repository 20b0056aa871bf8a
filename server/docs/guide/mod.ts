/**
 * The guide for app developers: from signing in to a chat, and the tables that one looks things up in. Numbers, codes
 * and limits come from the catalogues; its code is the files beside this one, which a test runs.
 * @module
 */
import { LIMITS } from "../../domain/limits.ts";
import { resource } from "../../lib/resources.ts";
import { BOUNDS } from "../../protocol/bounds.ts";
import { CLOSE_CODE_DOCS, CLOSE_CODES, type CloseReason } from "../../protocol/close_codes.ts";
import { ERRORS, type ErrorCode } from "../../protocol/errors.ts";
import { EMOJI_MAX, MESSAGE_MAX, REQUEST_MAX } from "../../protocol/models.ts";
import { API_VERSION } from "../info.ts";
import { escapeHtml, mono, prose, table } from "../page.ts";
import { CHANGES, CLIENT_FAILURES, ERROR_ADVICE, NAMES } from "./words.ts";

/** In the code stands this; the page shows the server's own address. */
const PLACEHOLDER = "https://api.example.com";

/**
 * @param origin Where the server is, such as `http://127.0.0.1:3000`.
 * @returns The page's body.
 */
export async function guidePage(origin: string): Promise<string> {
  const [askForCode, useCode, html, script] = await Promise.all(
    ["ask_for_code.sh", "use_code.sh", "screen.html", "screen.js"].map((name) => codeOf(name, origin)),
  );
  return `<h1>Guide for app developers</h1>
<p>Every route: <a href="/docs">/docs</a>. Every event of the socket: <a href="/docs/events">/docs/events</a>.</p>
<p>${SECTIONS.map(([id, title]) => `<a href="#${id}">${title}</a>`).join(" · ")}</p>

<h2 id="chat">A chat screen</h2>
<p>The package <code>@vibesmatch/client</code> is built in the server's repository, here for an app in
<code>../my-app</code>:</p>
<pre>bun client/build.ts
npm pack ./client/package --pack-destination ../my-app</pre>
<p>In the folder of the app:</p>
<pre>npm install ./vibesmatch-client-0.1.0.tgz vite</pre>
<p><code>index.html</code></p>
<pre>${html}</pre>
<p><code>screen.js</code></p>
<pre>${script}</pre>
<p>Then <code>npx vite</code>. In development the code stands in the server's log, and pages of this machine may call
from any port; in production the app's origin stands in <code>ALLOWED_ORIGINS</code>. What the package does by itself:
it renews tokens, reconnects, resumes without holes, sends again what had no answer, uploads pictures with retries, and
keeps lists and messages on the device. Links to pictures end after one to two minutes: <code>loadPicture</code> of
<code>@vibesmatch/client/media</code> gets one whose link has ended. The package's README has the rest: React hooks,
storage on other platforms, typing, presence, blocking and reporting.</p>

<h2 id="curl">The same with curl</h2>
<p>Ask for a code:</p>
<pre>${askForCode}</pre>
<p>With the code from the mail (somebody new gets a <code>temp_token</code> for <code>POST /auth/signup</code> instead):</p>
<pre>${useCode}</pre>
<p>Without the package, over the socket: <a href="/docs/events#start">a connection</a>.</p>

<h2 id="limits">Limits</h2>
<p>These are the defaults; a server may be configured otherwise: <code>GET /api/v1/config</code> says what this one
allows, and needs no token. A limited answer says in <code>RateLimit</code> what is
left. One too many is 429 with <code>Retry-After</code>; on the socket an <code>error</code> with
<code>retry_after_ms</code> in its details. A refused message is not stored: send it again with the same
<code>client_message_id</code>.</p>
${table(
  ["text", "at most"],
  [
    ["message", `${MESSAGE_MAX} characters`],
    ["message request", `${REQUEST_MAX} characters`],
    [`message of type ${mono("emoji")}`, `${EMOJI_MAX} emoji`],
  ],
)}
<p>Characters are Unicode code points, after trimming.</p>
<h3>REST</h3>
${limitTable((name) => !name.startsWith("WS_"))}
<h3>Socket</h3>
${limitTable((name) => name.startsWith("WS_"))}
${table(
  ["bound", "what"],
  Object.values(BOUNDS).map(({ value, unit, doc }) => [escapeHtml(`${value} ${unit}`), prose(doc)]),
)}

<h2 id="errors">Error codes, and what to show</h2>
<p>Decide by the code, never by the message. Over REST and the socket the codes are the same.</p>
${table(
  ["code", "status", "what to do", "retry may help"],
  (Object.keys(ERRORS) as ErrorCode[]).map((code) => [
    mono(code),
    String(ERRORS[code].status),
    prose(ERROR_ADVICE[code]),
    ERRORS[code].retryable ? "yes" : "no",
  ]),
)}
<p>The package's own, for calls that no server has answered:</p>
${table(
  ["code", "what to do"],
  CLIENT_FAILURES.map(([code, advice]) => [mono(code), prose(advice)]),
)}

<h2 id="closes">Close codes, and what to do</h2>
<p>The package does all of this. Come back with growing random delays, and not before <code>retry_after_ms</code>.</p>
${table(
  ["code", "name", "what to do"],
  Object.entries(CLOSE_CODES).map(([name, { code }]) => [
    mono(String(code)),
    mono(name),
    prose(CLOSE_CODE_DOCS[name as CloseReason].action),
  ]),
)}

<h2 id="names">Names that differ</h2>
${table(
  ["here", "there", "why"],
  NAMES.map(([here, there, why]) => [prose(here), prose(there), prose(why)]),
)}

<h2 id="versions">Versions</h2>
<p>This is version ${API_VERSION}, under <code>/api/v1</code>. The following may change at any time, and an app must be
ready for it: new routes, events, optional members, members in answers, headers, error codes and close codes (in their
ranges: 4000 to 4499 reconnect, 4500 to 4999 do not); texts of messages; limits; the order of members. Ignore what is
unknown. Names, meanings and types of what is documented stay; what cannot stay comes under <code>/api/v2</code>, beside
the old one for at least a year.</p>
${table(
  ["version", "changes"],
  CHANGES.map(([version, what]) => [version, prose(what)]),
)}
`;
}

const SECTIONS = [
  ["chat", "A chat screen"],
  ["curl", "curl"],
  ["limits", "Limits"],
  ["errors", "Errors"],
  ["closes", "Close codes"],
  ["names", "Names"],
  ["versions", "Versions"],
] as const;

async function codeOf(name: string, origin: string): Promise<string> {
  const code = await Bun.file(resource("guide", name)).text();
  return escapeHtml(code.trimEnd().replaceAll(PLACEHOLDER, origin));
}

function limitTable(has: (name: string) => boolean): string {
  return table(
    ["limit", "default", "what"],
    Object.entries(LIMITS)
      .filter(([name]) => has(name))
      .map(([name, { fallback, doc }]) => [mono(name), escapeHtml(fallback), prose(doc)]),
  );
}
