/**
 * Who is online and who types: facts that are gone with the connection and are never kept.
 * @module
 */
import type { Client } from "../types.ts";
import type { ConversationItem } from "./shapes.ts";
import { Value } from "./stores.ts";

/** After this time an indicator is cleared whose end did not arrive, ms; the server ends it after 10 s. */
const TYPING_MS = 12_000;

/** See the module. */
export class Activity {
  /** By user id. */
  readonly presence = new Value<Readonly<Record<string, boolean>>>({});
  /** By conversation. */
  readonly typing = new Value<Readonly<Record<string, true>>>({});
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  /** Follows a connection. */
  watch(client: Client): void {
    client.on("user_online", ({ user_id }) => this.#see({ [user_id]: true }));
    client.on("user_offline", ({ user_id }) => this.#see({ [user_id]: false }));
    client.on("presence_snapshot", ({ online }) =>
      this.presence.set(Object.fromEntries(online.map((id) => [id, true]))),
    );
    client.on("user_typing", ({ conversation_id, is_typing }) => this.setTyping(conversation_id, is_typing));
  }

  /** What a list says about people who were not in the snapshot, such as somebody just matched. */
  learn(items: readonly ConversationItem[]): void {
    const known = this.presence.getSnapshot();
    const isNews = ({ user }: ConversationItem) => user.is_online !== null && known[user.id] === undefined;
    const news = items.filter(isNews).map(({ user }) => [user.id, user.is_online === true] as const);
    if (news.length > 0) this.#see(Object.fromEntries(news));
  }

  setTyping(id: string, isTyping: boolean): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    const { [id]: was, ...others } = this.typing.getSnapshot();
    if (isTyping) {
      const timer = setTimeout(() => this.setTyping(id, false), TYPING_MS);
      this.#timers.set(id, timer);
      this.typing.set({ ...others, [id]: true });
    } else if (was) {
      this.typing.set(others);
    }
  }

  /** The connection is gone: nobody types any more. Presence stays until the next snapshot, so that it does not flicker. */
  lost(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    if (Object.keys(this.typing.getSnapshot()).length > 0) this.typing.set({});
  }

  /** Somebody else is signed in now, or nobody. */
  reset(): void {
    this.lost();
    this.presence.set({});
  }

  #see(changed: Readonly<Record<string, boolean>>): void {
    this.presence.set({ ...this.presence.getSnapshot(), ...changed });
  }
}
