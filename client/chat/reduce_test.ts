/** Lists and events may overlap in any way: the state ends where the server is. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type ChatEvent,
  putConversation,
  putNewest,
  putOlder,
  readByMe,
  reduce,
  storeMessage,
} from "./reduce.ts";
import { type ChatState, type ConversationItem, EMPTY, type Message } from "./shapes.ts";
import { shownConversation, shownHistory } from "./views.ts";

const ME = "me";
const PEER = "peer";
const ID = "c";
const PAGE = 3;

/** One conversation as the server has it, and the log of one's own events about it. */
class World {
  readonly messages: Message[] = [];
  readonly log: ChatEvent[] = [];
  myRead = 0;
  peerRead = 0;

  send(from: string): void {
    const seq = this.messages.length + 1;
    const time = new Date(seq * 1000).toISOString();
    const message: Message = {
      id: `m${seq}`,
      conversation_id: ID,
      seq,
      sender_id: from,
      receiver_id: from === ME ? PEER : ME,
      content: `${seq}`,
      message_type: "text",
      is_request: false,
      is_read: false,
      created_at: time,
    };
    this.messages.push(message);
    const { id, is_read: _, ...rest } = message;
    this.log.push({ event: "new_message", data: { message_id: id, ...rest } });
  }

  read(by: string, share: number): void {
    const seq = Math.ceil(this.messages.length * share);
    if (seq === 0 || seq <= (by === ME ? this.myRead : this.peerRead)) return;
    if (by === ME) this.myRead = seq;
    else this.peerRead = seq;
    const data = {
      message_id: `m${seq}`,
      conversation_id: ID,
      seq,
      read_by: by,
      read_at: "2026-01-01T00:00:00.000Z",
    };
    this.log.push({ event: "message_read", data });
  }

  history(): Message[] {
    return this.messages.map((message) => {
      const isRead = message.seq <= (message.sender_id === ME ? this.peerRead : this.myRead);
      return { ...message, is_read: isRead };
    });
  }

  page(before = Number.POSITIVE_INFINITY): { messages: Message[]; cursor: string | null } {
    const older = this.history().filter(({ seq }) => seq < before);
    const messages = older.slice(-PAGE);
    return { messages, cursor: older.length > PAGE ? messages[0]!.id : null };
  }

  item(): ConversationItem {
    const last = this.history().at(-1);
    return {
      id: ID,
      status: "active",
      user: { id: PEER, name: "Peer", profile_photos: [], is_online: null, last_active: null } as never,
      last_message: last
        ? {
            id: last.id,
            seq: last.seq,
            content: last.content,
            message_type: last.message_type,
            sender_id: last.sender_id,
            created_at: last.created_at,
            is_read: last.is_read,
          }
        : null,
      unread_count: this.messages.filter(({ sender_id, seq }) => sender_id === PEER && seq > this.myRead)
        .length,
      my_read_seq: this.myRead,
      peer_read_seq: this.peerRead,
      last_activity: last?.created_at ?? new Date(0).toISOString(),
    };
  }
}

/** As the engine does after each change. */
function loadStale(state: ChatState, world: World): ChatState {
  let next = state;
  while (next.stale.length > 0) {
    const [what, ...stale] = next.stale;
    next = { ...next, stale };
    if (what === "conversations" || what === `conversation ${ID}`) next = putConversation(next, world.item());
    else if (what === `messages ${ID}`) next = putNewest(next, ID, world.page());
  }
  return next;
}

const steps = fc.array(
  fc.oneof(
    fc
      .constantFrom("i send", "peer sends", "event", "list", "open", "older", "again", "restart")
      .map((kind) => ({ kind, share: 0 })),
    fc
      .double({ min: 0, max: 1, noNaN: true })
      .chain((share) =>
        fc.constantFrom("i read", "peer reads", "ack", "mark").map((kind) => ({ kind, share })),
      ),
  ),
  { maxLength: 60, size: "max" },
);

test("any order of events, lists, pages and repetitions converges", () => {
  fc.assert(
    fc.property(steps, (plan) => {
      const world = new World();
      let state: ChatState = { ...EMPTY, stale: [] };
      let position = 0;
      const hear = (event: ChatEvent) => {
        state = loadStale(reduce(state, event, ME), world);
      };
      for (const { kind, share } of plan) {
        if (kind === "i send") world.send(ME);
        else if (kind === "peer sends") world.send(PEER);
        else if (kind === "i read") world.read(ME, share);
        else if (kind === "peer reads") world.read(PEER, share);
        else if (kind === "event" && position < world.log.length) hear(world.log[position++]!);
        else if (kind === "list" && world.messages.length > 0) state = putConversation(state, world.item());
        else if (kind === "open") state = putNewest(state, ID, world.page());
        else if (kind === "again") for (const event of world.log.slice(0, position)) hear(event);
        // Acknowledgements overtake events; the answer to a mark comes whenever it comes.
        else if (kind === "ack") {
          const own = world.messages[Math.floor(share * world.messages.length)];
          if (own?.sender_id === ME) state = storeMessage(state, own, ME);
        } else if (kind === "mark") state = readByMe(state, ID, Math.floor(world.myRead * share));
        // What is kept is a text, and its position may be an older one.
        else if (kind === "restart") {
          state = JSON.parse(JSON.stringify(state));
          position = Math.floor(position / 2);
        } else if (kind === "older") {
          const first = state.talks[ID]?.messages[0]?.seq;
          if (state.talks[ID]?.older) state = putOlder(state, ID, world.page(first));
        }
        state = loadStale(state, world);
      }
      while (position < world.log.length) hear(world.log[position++]!);

      const talk = state.talks[ID];
      if (world.messages.length === 0) return;
      expect(shownConversation(talk!)).toEqual(world.item());
      const shown = shownHistory(talk, [], ME).map(({ state: _, ...message }) => message as Message);
      if (talk!.older !== undefined) {
        expect(shown).toEqual(world.history().slice(-shown.length || world.messages.length));
        expect(talk!.older === null).toBe(shown.length === world.messages.length);
      }
    }),
    { numRuns: 2_000 },
  );
});

describe("a conversation that ends", () => {
  test("is gone after a block, and stays with its status after an unmatch", () => {
    const world = new World();
    world.send(PEER);
    const state = putConversation({ ...EMPTY, stale: [] }, world.item());
    const update = (status: "archived" | "blocked"): ChatEvent => ({
      event: "conversation_updated",
      data: { conversation_id: ID, user_id: PEER, status },
    });
    expect(reduce(state, update("blocked"), ME).talks).toEqual({});
    expect(reduce(state, update("archived"), ME).talks[ID]?.item.status).toBe("archived");
  });
});
