/**
 * Typing indicators: passed on only while both people share activity (server/db/activity.ts), ended 10 s after the last
 * `typing_start`. The sender's node judges, and ends what a closing socket left; the receiver's node remembers what it
 * shows, so that every shown indicator ends with `is_typing: false`, whatever ends it.
 * @module
 */
import { muted } from "../../domain/viewer.ts";
import { BOUNDS } from "../../protocol/bounds.ts";
import { AppError } from "../../protocol/errors.ts";
import type { EventData } from "../../protocol/events.ts";
import type { PersonMessage } from "./bus_messages.ts";
import { type Member, type MemberSocket, sendToLive } from "./member.ts";
import { PersonEvent } from "./person_event.ts";
import type { TypingFacts } from "./queries.ts";

/** Typing ends so long after the last `typing_start`, ms; it is looked at once a second. */
export const TYPING_MS = BOUNDS.TYPING.value;
/** A renewal asks the database again after this, ms: the event that forbids it may have been lost. */
const RECHECK_MS = 30_000;

interface TypingDeps {
  readonly loadFacts: (conversationId: string, userId: string) => Promise<TypingFacts | null>;
  readonly send: (userId: string, message: PersonMessage) => void;
  readonly now: () => number;
}

/** An indicator that a member's sockets show. */
interface Shown {
  readonly member: Member;
  readonly conversationId: string;
  readonly from: string;
  readonly until: number;
}

/** See the module. */
export class Typing {
  readonly #deps: TypingDeps;
  /** By receiver and conversation, in the order in which they end. */
  readonly #shown = new Map<string, Shown>();

  constructor(deps: TypingDeps) {
    this.#deps = deps;
  }

  /** @throws CONVERSATION_NOT_FOUND, USER_BLOCKED, UNAUTHORIZED_ACTION, FORBIDDEN while muted */
  async start(socket: MemberSocket, conversationId: string): Promise<void> {
    const member = socket.member!;
    const now = this.#deps.now();
    let state = socket.typing?.get(conversationId);
    if (!state || state.until <= now || state.checkedAt <= now - RECHECK_MS) {
      state = { peerId: await this.#permit(member, conversationId), until: 0, checkedAt: now };
      if (socket.closed) return;
    }
    socket.typing ??= new Map();
    socket.typing.set(conversationId, { ...state, until: this.#deps.now() + TYPING_MS });
    this.#tell(state.peerId, { conversationId, userId: member.userId, isTyping: true });
  }

  /** @throws CONVERSATION_NOT_FOUND, USER_BLOCKED, UNAUTHORIZED_ACTION, FORBIDDEN while muted; not while typing. */
  async stop(socket: MemberSocket, conversationId: string): Promise<void> {
    const { userId } = socket.member!;
    const state = socket.typing?.get(conversationId);
    if (!state) {
      await this.#permit(socket.member!, conversationId);
      return;
    }
    socket.typing!.delete(conversationId);
    this.#tell(state.peerId, { conversationId, userId, isTyping: false });
  }

  /** Ends whatever this socket is typing. */
  left({ member, typing }: MemberSocket): void {
    if (!member || !typing) return;
    const { userId } = member;
    for (const [conversationId, { peerId }] of typing) {
      this.#tell(peerId, { conversationId, userId, isTyping: false });
    }
    typing.clear();
  }

  /** Acts on events of the member's log: typing ends with the conversation, and when the member is muted. */
  heard(member: Member, event: PersonEvent): void {
    if (event.event === "moderation_notice") {
      const { notice, kind } = event.data as EventData<"moderation_notice">;
      if (notice === "sanction" && kind === "mute") this.#forbid(member);
    } else if (event.event === "conversation_updated") {
      const { conversation_id, status } = event.data as EventData<"conversation_updated">;
      member.typingChanges++;
      if (status === "active") return;
      for (const socket of member.sockets) socket.typing?.delete(conversation_id);
      this.#end(`${member.userId} ${conversation_id}`);
    }
  }

  /** Shows `user_typing` to its receiver; an end without a beginning is left out. */
  show(member: Member, event: PersonEvent): void {
    const { conversation_id, user_id, is_typing } = event.data as EventData<"user_typing">;
    const key = `${member.userId} ${conversation_id}`;
    if (!is_typing) {
      this.#end(key);
      return;
    }
    // Taken out first, so that the map stays in the order of ending.
    this.#shown.delete(key);
    const until = this.#deps.now() + TYPING_MS;
    this.#shown.set(key, { member, conversationId: conversation_id, from: user_id, until });
    sendToLive(member, event);
  }

  /** Ends what has not been renewed. Once a second. */
  turn(): void {
    const now = this.#deps.now();
    for (const [key, { until }] of this.#shown) {
      if (until > now) return;
      this.#end(key);
    }
  }

  #forbid(member: Member): void {
    member.typingChanges++;
    for (const socket of member.sockets) this.left(socket);
  }

  /** The end must arrive even where its beginning was left out: nothing else would end a shown indicator. */
  #end(key: string): void {
    const shown = this.#shown.get(key);
    if (!shown) return;
    this.#shown.delete(key);
    const { member, conversationId, from } = shown;
    sendToLive(member, typingEvent({ conversationId, userId: from, isTyping: false }), { mustArrive: true });
  }

  #tell(peerId: string, typing: { conversationId: string; userId: string; isTyping: boolean }): void {
    this.#deps.send(peerId, { kind: "event", event: typingEvent(typing) });
  }

  /** @returns To whom the member may type there. */
  async #permit(member: Member, conversationId: string): Promise<string> {
    for (;;) {
      const before = member.typingChanges;
      const facts = await this.#deps.loadFacts(conversationId, member.userId);
      // Something changed while it was read: what was read may be from before.
      if (before === member.typingChanges) return judge(facts);
    }
  }
}

function judge(facts: TypingFacts | null): string {
  if (!facts) throw new AppError("CONVERSATION_NOT_FOUND");
  if (facts.status === "archived") {
    throw new AppError("UNAUTHORIZED_ACTION", "Cannot type: this conversation is archived");
  }
  if (!facts.shared) throw new AppError("USER_BLOCKED");
  if (facts.mutedUntil !== null) throw muted("type", facts.mutedUntil);
  return facts.peerId;
}

function typingEvent(typing: { conversationId: string; userId: string; isTyping: boolean }): PersonEvent {
  const { conversationId, userId, isTyping } = typing;
  const data = { conversation_id: conversationId, user_id: userId, is_typing: isTyping };
  return new PersonEvent("user_typing", { data, from: userId });
}
