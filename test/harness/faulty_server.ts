/**
 * A server of the socket protocol in memory for tests of clients: it fails at the points that a test names, and keeps
 * the contract otherwise (one log per person, idempotent sends, replay before live events).
 * @module
 */
import type { ServerWebSocket } from "bun";
import { AppError, type ErrorCode } from "../../server/protocol/errors.ts";

/** Moments at which something can go wrong. */
export const POINTS = [
  "upgrade",
  /** `authenticate` came in. */
  "authenticate",
  /** `authenticated` is about to go out. */
  "authenticated",
  /** A missed event is about to go out. */
  "replay",
  "caught_up",
  /** A request came in; nothing has happened yet. */
  "request",
  /** It is stored; the answer is about to go out. */
  "ack",
  /** A live event is about to go out. */
  "live",
] as const;
export type Point = (typeof POINTS)[number];

/** What goes wrong. */
export type Fault =
  /** The connection is gone without a close. */
  | { readonly kind: "drop" }
  | { readonly kind: "close"; readonly code: number; readonly reason?: string }
  /** What was about to go out goes out twice. */
  | { readonly kind: "twice" }
  /** An answer that never comes; events are never swallowed, the contract forbids it. */
  | { readonly kind: "swallow" }
  /** Breaks the contract, for tests of those who watch over it: an event never comes, or happens once more. */
  | { readonly kind: "lose" | "repeat" }
  | { readonly kind: "refuse"; readonly code: ErrorCode; readonly details?: Record<string, unknown> };

/** Says what goes wrong the nth time (from 0) that a point is reached. */
export type Script = (point: Point, nth: number) => Fault | undefined;

interface Logged {
  readonly seq: number;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

interface Visitor {
  userId: string;
  phase: "new" | "replaying" | "live";
  position: number;
}

type Socket = ServerWebSocket<Visitor>;

/** A frame that a client sent. */
export interface Heard {
  readonly event: string;
  readonly data: Record<string, unknown>;
  readonly id?: string;
}

export class FaultyServer {
  readonly #server: Bun.Server<Visitor>;
  readonly #script: Script;
  readonly #reached = new Map<Point, number>();
  readonly #logs = new Map<string, Logged[]>();
  readonly #sockets = new Set<Socket>();
  readonly #answers = new Map<string, Record<string, unknown>>();
  readonly #lengths = new Map<string, number>();
  /** Every message that was stored, in order. */
  readonly stored: Record<string, unknown>[] = [];
  /** Every frame that came in. */
  readonly heard: Heard[] = [];
  /** The oldest position that can still be resumed from. */
  trimmedTo = 0;
  /** Tokens that are refused; a token is `<user id>` or `<user id>:<anything>`. */
  readonly badTokens = new Set<string>();
  /** While true, nothing is read or answered. */
  isSilent = false;
  upgrades = 0;
  /** Frames that came in while it stood still; null when it does not. */
  #held: (() => void)[] | null = null;

  constructor(script: Script = () => undefined) {
    this.#script = script;
    const handler = this;
    this.#server = Bun.serve<Visitor>({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request, server) => this.#upgrade(request, server),
      websocket: {
        open: (socket) => void this.#sockets.add(socket),
        close: (socket) => void this.#sockets.delete(socket),
        message(socket, text) {
          if (handler.isSilent) return;
          if (handler.#held) handler.#held.push(() => handler.#read(socket, String(text)));
          else handler.#read(socket, String(text));
        },
      },
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}`;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /**
   * Appends to somebody's log and tells their live sockets.
   * @param besides Not this one: it gets the confirmation in the event's place.
   * @returns The event as it stands in the log.
   */
  happen(userId: string, event: string, data: Record<string, unknown>, besides?: Socket): Logged {
    const log = this.#logOf(userId);
    const logged = { seq: log.length + 1, event, data };
    log.push(logged);
    for (const socket of [...this.#sockets]) {
      const { data: visitor } = socket;
      if (visitor.userId !== userId || visitor.phase !== "live") continue;
      visitor.position = logged.seq;
      if (socket !== besides) this.#emit(socket, "live", logged);
    }
    return logged;
  }

  /** Stands still, as a stopped process does: what comes in waits. */
  hold(): void {
    this.#held ??= [];
  }

  /** Goes on. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const read of held) read();
  }

  /** Sends any text to all of somebody's sockets. */
  say(userId: string, text: string): void {
    for (const socket of this.#sockets) if (socket.data.userId === userId) socket.send(text);
  }

  /** Closes all sockets; without a code: as a crash would. */
  cut(code?: number, reason = ""): void {
    for (const socket of [...this.#sockets]) {
      if (code === undefined) socket.terminate();
      else socket.close(code, reason);
    }
  }

  async stop(): Promise<void> {
    this.cut();
    await this.#server.stop(true);
  }

  #logOf(userId: string): Logged[] {
    const log = this.#logs.get(userId) ?? [];
    this.#logs.set(userId, log);
    return log;
  }

  #upgrade(request: Request, server: Bun.Server<Visitor>): Response | undefined {
    this.upgrades++;
    if (this.#reach("upgrade")) return new Response("later", { status: 503 });
    if (server.upgrade(request, { data: { userId: "", phase: "new", position: 0 } })) return undefined;
    return new Response("no", { status: 400 });
  }

  #reach(point: Point): Fault | undefined {
    const nth = this.#reached.get(point) ?? 0;
    this.#reached.set(point, nth + 1);
    return this.#script(point, nth);
  }

  /** Sends a frame unless the script has other plans. @returns Whether the socket is still there. */
  #emit(socket: Socket, point: Point, frame: object, instead?: Logged): boolean {
    const fault = this.#reach(point);
    const text = JSON.stringify(frame);
    if (fault?.kind === "drop" || fault?.kind === "close") return this.#strike(socket, fault);
    const isEvent = point === "live" || point === "replay";
    if (fault?.kind === "lose") return true;
    if (fault?.kind === "repeat") {
      const { event, data } = frame as Logged;
      queueMicrotask(() => this.happen(socket.data.userId, event, data));
    }
    if (fault?.kind === "swallow" && !isEvent) {
      if (instead) socket.send(JSON.stringify(instead));
      return true;
    }
    socket.send(text);
    if (fault?.kind === "twice") socket.send(text);
    return true;
  }

  #strike(socket: Socket, fault: Fault): false {
    socket.data.phase = "new";
    if (fault.kind === "close") socket.close(fault.code, fault.reason ?? "");
    else socket.terminate();
    return false;
  }

  #read(socket: Socket, text: string): void {
    const frame = JSON.parse(text) as Heard;
    this.heard.push(frame);
    if (frame.event === "authenticate") this.#authenticate(socket, frame);
    else if (frame.id !== undefined) this.#request(socket, frame);
  }

  #authenticate(socket: Socket, { data, id }: Heard): void {
    const fault = this.#reach("authenticate");
    if (fault?.kind === "drop" || fault?.kind === "close") return void this.#strike(socket, fault);
    if (fault?.kind === "swallow") return;
    const token = String(data.token);
    const refusal = fault?.kind === "refuse" ? fault : this.badTokens.has(token) ? UNAUTHORIZED : undefined;
    if (refusal) {
      socket.send(errorFrame(id, refusal));
      if (!new AppError(refusal.code).retryable) socket.close(4501, "unauthorized");
      return;
    }
    const visitor = socket.data;
    const isNew = visitor.phase === "new";
    visitor.userId = token.split(":")[0]!;
    const log = this.#logOf(visitor.userId);
    const since = data.since as number | undefined;
    const head = log.length;
    if (isNew) visitor.phase = "replaying";
    const answer = { user_id: visitor.userId, seq: head, heartbeat_ms: 25_000, session_id: "s" };
    if (!this.#emit(socket, "authenticated", { event: "authenticated", id, data: answer }) || !isNew) return;
    visitor.position = since ?? head;
    if (since !== undefined) {
      if (since < this.trimmedTo || since > head) {
        socket.send(JSON.stringify({ event: "resync_required", data: { seq: head } }));
        visitor.position = head;
      }
      for (const logged of log.slice(visitor.position)) {
        if (!this.#emit(socket, "replay", logged)) return;
        visitor.position = logged.seq;
      }
      const end = { event: "caught_up", data: { seq: visitor.position } };
      const fault = this.#reach("caught_up");
      if (fault?.kind === "drop" || fault?.kind === "close") return void this.#strike(socket, fault);
      socket.send(JSON.stringify(end));
    }
    visitor.phase = "live";
  }

  #request(socket: Socket, { event, data, id }: Heard): void {
    const fault = this.#reach("request");
    if (fault?.kind === "drop" || fault?.kind === "close") return void this.#strike(socket, fault);
    if (fault?.kind === "refuse") return void socket.send(errorFrame(id, fault));
    if (fault?.kind === "swallow") return;
    const stored = event === "send_message" ? this.#store(socket, data) : { answer: { read_at: "now" } };
    const { answer, logged } = stored as { answer: object; logged?: Logged };
    const frame = { event: "ack", id, ...(logged && { seq: logged.seq }), data: answer };
    // Where there is no confirmation the event comes, as to any other socket.
    this.#emit(socket, "ack", frame, logged);
  }

  /** @returns The answer, and the event whose place the confirmation takes. */
  #store(
    socket: Socket,
    data: Record<string, unknown>,
  ): { answer: Record<string, unknown>; logged?: Logged } {
    const { userId: sender, phase } = socket.data;
    const key = `${sender} ${data.client_message_id}`;
    const before = this.#answers.get(key);
    if (before) return { answer: before };
    const receiver = String(data.receiver_id);
    const conversation = [sender, receiver].sort().join("+");
    const seq = (this.#lengths.get(conversation) ?? 0) + 1;
    this.#lengths.set(conversation, seq);
    const message = {
      message_id: `m${this.stored.length + 1}`,
      conversation_id: conversation,
      seq,
      sender_id: sender,
      receiver_id: receiver,
      content: data.content,
      message_type: "text",
      is_request: false,
      created_at: new Date().toISOString(),
    };
    this.stored.push({ ...message, client_message_id: data.client_message_id });
    this.#answers.set(key, message);
    // Events leave after the commit, as in the real server: a fault on their way undoes nothing.
    this.happen(receiver, "new_message", message);
    const own = { ...message, client_message_id: data.client_message_id };
    const logged = this.happen(sender, "new_message", own, socket);
    return phase === "live" ? { answer: message, logged } : { answer: message };
  }
}

const UNAUTHORIZED = { code: "UNAUTHORIZED", details: undefined } as const;

function errorFrame(
  id: string | undefined,
  { code, details }: { code: ErrorCode; details?: Record<string, unknown> | undefined },
): string {
  const { message, retryable } = new AppError(code);
  return JSON.stringify({ event: "error", id, data: { code, message, details: details ?? {}, retryable } });
}
