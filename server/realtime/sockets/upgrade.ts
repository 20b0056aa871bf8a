/**
 * Upgrades HTTP requests on `/ws` and `/socket.io/` to sockets. It authenticates nobody: a token that comes with the
 * request is used once the socket is open, so that a refusal has a close code.
 * @module
 */
import type { Server } from "bun";
import { Elysia } from "elysia";
import type { Http } from "../../http/mod.ts";
import { factsOf } from "../../http/request_facts.ts";
import { AppError, invalid } from "../../protocol/errors.ts";
import type { Counters } from "../stats/counters.ts";
import type { Admission } from "./admission.ts";
import type { Codec } from "./codec.ts";
import { jsonCodec } from "./codec_json.ts";
import { socketIoCodec } from "./codec_socketio.ts";
import { Connection, type Credentials } from "./connection.ts";
import { Outbox } from "./outbox.ts";

/** The server's subprotocol; a browser that offers `bearer.<token>` should offer it too. */
export const SUBPROTOCOL = "vibesmatch";
const BEARER_PROTOCOL = "bearer.";

interface UpgradeDeps {
  readonly admission: Admission;
  readonly counters: Counters;
}

/** Turns requests into sockets. */
export class Upgrader {
  readonly #deps: UpgradeDeps;
  readonly #outbox = new Outbox();
  #lastId = 0;

  constructor(deps: UpgradeDeps) {
    this.#deps = deps;
  }

  /**
   * @throws VALIDATION_ERROR when the request asks for no socket, and what {@link Admission.admit} throws.
   */
  async upgrade(request: Request, { server, codec }: { server: Server<Connection>; codec: Codec }) {
    const { admission, counters } = this.#deps;
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      throw invalid({ path: "headers.upgrade", code: "not_allowed", message: "must be websocket" });
    }
    const offered = protocolsOf(request);
    const pending = credentialsOf(request, offered);
    let address: string;
    try {
      address = await admission.admit(request, factsOf(request).address);
    } catch (error) {
      counters.refusedUpgrades++;
      throw error;
    }
    const id = (++this.#lastId).toString(36);
    const data = new Connection({ codec, address, counters, outbox: this.#outbox, id, pending });
    // Without this header Bun would answer with the first name that was offered, whatever it is.
    const headers = { "sec-websocket-protocol": chooseProtocol(offered) };
    if (server.upgrade(request, { data, headers })) {
      factsOf(request).upgraded = true;
      return;
    }
    admission.release(address);
    throw invalid({ path: "headers", code: "format", message: "must be those of a WebSocket handshake" });
  }
}

/** `/ws` and `/socket.io/`; without a listening server they answer 503. */
export function upgradeRoutes({ http, upgrader }: { http: Http; upgrader: Upgrader }) {
  const open = (request: Request, server: unknown, codec: Codec) => {
    if (!server) throw new AppError("SERVICE_UNAVAILABLE", "This process does not listen");
    return upgrader.upgrade(request, { server: server as Server<Connection>, codec });
  };
  return new Elysia({ name: "realtime" })
    .use(http)
    .get("/ws", ({ request, server }) => open(request, server, jsonCodec), {
      public: true,
      detail: { hide: true },
    })
    .get(
      "/socket.io/",
      ({ request, server }) => {
        assertEngine(new URL(request.url).searchParams);
        return open(request, server, socketIoCodec);
      },
      { public: true, detail: { hide: true } },
    );
}

/** @throws VALIDATION_ERROR for another protocol version or transport. */
function assertEngine(query: URLSearchParams): void {
  if (query.get("EIO") !== "4")
    throw invalid({ path: "query.EIO", code: "unknown_value", message: "must be 4" });
  if (query.get("transport") !== "websocket") {
    const message = 'must be websocket: io(url, { transports: ["websocket"] })';
    throw invalid({ path: "query.transport", code: "unknown_value", message });
  }
}

/** @returns One of those offered, which browsers insist on; empty for none. */
function chooseProtocol(offered: readonly string[]): string {
  if (offered.includes(SUBPROTOCOL)) return SUBPROTOCOL;
  return offered.find((name) => name.startsWith(BEARER_PROTOCOL)) ?? "";
}

function protocolsOf(request: Request): string[] {
  const header = request.headers.get("sec-websocket-protocol") ?? "";
  return header
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/**
 * The token of the `Authorization` header or of a subprotocol, never of the URL, and `since` of the URL.
 *
 * @throws VALIDATION_ERROR for a `since` that REST would refuse.
 */
function credentialsOf(request: Request, offered: readonly string[]): Credentials | null {
  const [, header] = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  const protocol = offered.find((name) => name.startsWith(BEARER_PROTOCOL))?.slice(BEARER_PROTOCOL.length);
  const token = header ?? protocol;
  const text = new URL(request.url).searchParams.get("since");
  const since = text === null ? undefined : Number(text);
  if (text !== null && !(/^\d{1,16}$/.test(text) && Number.isSafeInteger(since))) {
    const message = `must be a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`;
    throw invalid({ path: "query.since", code: "type", message });
  }
  return token ? { token, since } : null;
}
