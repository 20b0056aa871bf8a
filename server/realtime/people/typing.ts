/**
 * Who is typing to whom: passed on only inside an active conversation, forgotten after three seconds. The sender's
 * node judges and remembers for the case that the socket closes, the receiver's node lets it expire.
 * @module
 */
import { BOUNDS } from "../../protocol/bounds.ts";
import { AppError } from "../../protocol/errors.ts";
import type { ConversationStatus } from "../../protocol/models.ts";
import type { LoggedFrame, Member, MemberSocket } from "./member.ts";
import type { ConversationFacts } from "./queries.ts";

/** Without renewal, typing ends after this, ms. */
export const TYPING_MS = BOUNDS.TYPING.value;
/** What is remembered about a conversation is asked again after this, ms: news of a change may be lost. */
const REMEMBER_MS = 30_000;
const MAX_REMEMBERED = 20_000;

interface TypingDeps {
  readonly loadFacts: (conversationId: string) => Promise<ConversationFacts | null>;
  /** Carries a frame to the person's sockets, wherever they are. */
  readonly tell: (userId: string, json: string, from: string) => void;
  readonly now: () => number;
}

interface Remembered extends ConversationFacts {
  readonly until: number;
}

interface Expiry {
  readonly timer: ReturnType<typeof setTimeout>;
  readonly conversationId: string;
}

export class Typing {
  readonly #deps: TypingDeps;
  readonly #facts = new Map<string, Remembered>();
  /** By receiver and conversation: who would go on typing for ever if nothing more was heard. */
  readonly #expiries = new Map<string, Expiry>();
  #changes = 0;

  constructor(deps: TypingDeps) {
    this.#deps = deps;
  }

  /** @throws CONVERSATION_NOT_FOUND, USER_BLOCKED, UNAUTHORIZED_ACTION */
  async start(connection: MemberSocket, conversationId: string): Promise<void> {
    const userId = connection.member!.userId;
    const peerId = await this.#peerOf(userId, conversationId);
    if (connection.closed) return;
    connection.typing ??= new Map();
    connection.typing.set(conversationId, { peerId, until: this.#deps.now() + TYPING_MS });
    this.#tell(userId, { peerId, conversationId, typing: true });
  }

  /** @throws CONVERSATION_NOT_FOUND, USER_BLOCKED, UNAUTHORIZED_ACTION */
  async stop(connection: MemberSocket, conversationId: string): Promise<void> {
    const userId = connection.member!.userId;
    const peerId = await this.#peerOf(userId, conversationId);
    if (connection.typing?.delete(conversationId)) {
      this.#tell(userId, { peerId, conversationId, typing: false });
    }
  }

  /** The socket is closing: whatever it was typing has stopped. */
  left(connection: MemberSocket): void {
    const { member, typing } = connection;
    if (!member || !typing) return;
    for (const [conversationId, { peerId, until }] of typing) {
      if (until > this.#deps.now()) {
        this.#tell(member.userId, { peerId, conversationId, typing: false });
      }
    }
    typing.clear();
  }

  /** A conversation changed: facts are asked again, and what was being typed in it is gone without a word. */
  changed(member: Member, { event, json }: LoggedFrame): void {
    if (event !== "conversation_updated") return;
    const { conversation_id, status } = JSON.parse(json) as {
      conversation_id: string;
      status: ConversationStatus;
    };
    this.#changes++;
    this.#facts.delete(conversation_id);
    if (status === "active") return;
    for (const socket of member.sockets) socket.typing?.delete(conversation_id);
    this.#forget(`${member.userId} ${conversation_id}`);
  }

  /**
   * Typing news on its way to the sockets of its receiver.
   *
   * @returns Whether to pass it on: an end without a beginning is no news.
   */
  arrived(member: Member, json: string, from: string): boolean {
    const { conversation_id: conversationId, is_typing } = JSON.parse(json) as {
      conversation_id: string;
      is_typing: boolean;
    };
    const key = `${member.userId} ${conversationId}`;
    const known = this.#forget(key);
    if (!is_typing) return known;
    const timer = setTimeout(() => {
      this.#expiries.delete(key);
      const frame = typingJson(conversationId, from, false);
      for (const socket of member.sockets) socket.offer(socket.codec.event("user_typing", frame));
    }, TYPING_MS);
    this.#expiries.set(key, { timer, conversationId });
    return true;
  }

  close(): void {
    for (const key of [...this.#expiries.keys()]) this.#forget(key);
  }

  #forget(key: string): boolean {
    clearTimeout(this.#expiries.get(key)?.timer);
    return this.#expiries.delete(key);
  }

  #tell(userId: string, news: { peerId: string; conversationId: string; typing: boolean }): void {
    this.#deps.tell(news.peerId, typingJson(news.conversationId, userId, news.typing), userId);
  }

  async #peerOf(userId: string, conversationId: string): Promise<string> {
    const { user1Id, user2Id, status } = await this.#recall(conversationId);
    const peerId = user1Id === userId ? user2Id : user2Id === userId ? user1Id : undefined;
    if (peerId === undefined) throw new AppError("CONVERSATION_NOT_FOUND");
    if (status === "blocked") throw new AppError("USER_BLOCKED");
    if (status === "archived") throw new AppError("UNAUTHORIZED_ACTION", "This conversation is archived");
    return peerId;
  }

  async #recall(conversationId: string): Promise<ConversationFacts> {
    const known = this.#facts.get(conversationId);
    if (known && known.until > this.#deps.now()) return known;
    const changes = this.#changes;
    const facts = await this.#deps.loadFacts(conversationId);
    if (!facts) throw new AppError("CONVERSATION_NOT_FOUND");
    // What was read while something changed may be from before.
    if (changes === this.#changes) {
      this.#facts.delete(conversationId);
      this.#facts.set(conversationId, { ...facts, until: this.#deps.now() + REMEMBER_MS });
      if (this.#facts.size > MAX_REMEMBERED) this.#facts.delete(this.#facts.keys().next().value!);
    }
    return facts;
  }
}

function typingJson(conversationId: string, userId: string, typing: boolean): string {
  return `{"conversation_id":"${conversationId}","user_id":"${userId}","is_typing":${typing}}`;
}
