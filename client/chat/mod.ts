/**
 * A chat app's state without a framework: what the server has, what the person does, and what of it is still under
 * way, as stores with `subscribe` and `getSnapshot`. Survives lost networks, kills and restarts.
 * @module
 */
import { ChatEngine } from "./engine.ts";
import type { ChatMessage, Unanswered } from "./shapes.ts";
import { derive, type Store } from "./stores.ts";
import type { Chat, ChatOptions } from "./types.ts";
import { shownConversations, shownHistory } from "./views.ts";

/**
 * Makes a chat. Call `start` to take up the last session.
 *
 * @throws TypeError when the address cannot be used.
 *
 * @example
 * ```ts
 * const chat = createChat({ url: "https://api.example.com", storage: indexedDbStorage() });
 * await chat.start();
 * chat.conversations.subscribe(() => show(chat.conversations.getSnapshot()));
 * ```
 */
export function createChat(options: ChatOptions): Chat {
  const engine = new ChatEngine(options);
  const { activity, rest, sending, session, state } = engine;
  const talks = derive([state], (all) => all.talks);
  const marks = derive([state], (all) => all.marks);
  const received = derive([state], (all) => all.received);
  const sent = derive([state], (all) => all.sent);
  const unsent = derive([state], (all) => all.unanswered);
  const pictures = options.pictures?.({ url: options.url, rest, send: (message) => sending.send(message) });
  const unanswered = pictures ? derive([unsent, pictures.pending], inOrder) : unsent;
  const conversations = derive([talks, marks], shownConversations);
  const histories = new Map<string, Store<readonly ChatMessage[]>>();
  const indicators = new Map<string, Store<boolean>>();

  // Uploads that one person began must not be sent by the next one who signs in.
  const user = derive([session.current], (signedIn) => signedIn?.user_id);
  let owner = user.getSnapshot();
  user.subscribe(() => {
    if (owner !== user.getSnapshot()) pictures?.clear();
    owner = user.getSnapshot();
  });

  /** Events say what has changed; the answer need not be read. */
  async function call(method: "POST" | "DELETE", path: string, body?: unknown): Promise<void> {
    await rest(`/api/v1/${path}`, { method, body });
  }

  return {
    session: session.current,
    connection: engine.connection,
    conversations,
    requests: derive([received, sent], (toMe, byMe) => ({ received: toMe, sent: byMe })),
    matches: derive([state], (all) => all.matches),
    unread: derive([conversations], (list) => list.reduce((sum, item) => sum + item.unread_count, 0)),
    presence: activity.presence,
    unsent: unanswered,
    messages(id) {
      const talk = derive([talks], (all) => all[id]);
      return remember(histories, id, () =>
        derive([talk, unanswered], (one, own) => shownHistory(one, own, engine.me)),
      );
    },
    typing: (id) => remember(indicators, id, () => derive([activity.typing], (all) => all[id] === true)),
    hasOlder: (id) => typeof talks.getSnapshot()[id]?.older === "string",

    start: () => engine.start(),
    sendCode: (email) => session.sendCode(email),
    verify: (email, code) => session.verify(email, code),
    signUp: (tempToken, profile) => session.signUp(tempToken, profile),
    use: (tokens) => session.use(tokens),
    signOut: () => engine.signOut(),

    open: (id) => engine.open(id),
    loadOlder: (id) => engine.loadOlder(id),
    send: (message) => sending.send(message),
    sendImage(receiverId, file) {
      if (!pictures) throw new Error("Cannot send a picture: createChat was not given `pictures`");
      sending.requireSender();
      return pictures.sendImage(receiverId, file);
    },
    retry(name) {
      pictures?.retry(name);
      sending.retry(name);
    },
    discard(name) {
      pictures?.discard(name);
      sending.discard(name);
    },
    markRead: (id) => sending.markRead(id),
    setTyping: (id, isTyping) => engine.client?.typing(id, isTyping),

    request: (receiver_id, content) => call("POST", "messages/request", { receiver_id, content }),
    respond: (id, action) => call("POST", `messages/request/${id}/respond`, { action }),
    cancelRequest: (id) => call("DELETE", `messages/request/${id}`),
    block: (id, reason) => call("POST", `users/${id}/block`, { reason }),
    report: (id, report) => call("POST", `users/${id}/report`, report),
    unmatch: (id, reason) => call("DELETE", `matches/${id}`, reason === undefined ? undefined : { reason }),

    rest,
    on: (event, listener) => engine.on(event, listener),
    wake: () => engine.wake(),
    close() {
      pictures?.clear();
      return engine.close();
    },
  };
}

/** By the time of writing. A picture that is sent at this moment is in both lists. */
function inOrder(messages: readonly Unanswered[], uploading: readonly Unanswered[]): Unanswered[] {
  const names = new Set(messages.map(({ client_message_id }) => client_message_id));
  const pictures = uploading.filter(({ client_message_id }) => !names.has(client_message_id));
  return [...messages, ...pictures].sort((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
}

function remember<T>(known: Map<string, T>, key: string, make: () => T): T {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

export { RequestFailure } from "../failure.ts";
export type { Rest } from "../rest.ts";
export type { KeepingOut, NewProfile, SignedIn, Tokens, Verified } from "./session.ts";
export type {
  ChatMessage,
  ConversationItem,
  Match,
  Message,
  PictureUpload,
  ReceivedRequest,
  SentRequest,
  Unanswered,
} from "./shapes.ts";
export { indexedDbStorage, memoryStorage } from "./storage.ts";
export { derive, type Store } from "./stores.ts";
export type {
  Chat,
  ChatOptions,
  ClientStorage,
  ConnectionState,
  PendingPicture,
  Pictures,
  PicturesDeps,
  ReportReason,
} from "./types.ts";
