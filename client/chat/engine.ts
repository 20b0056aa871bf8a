/**
 * One account's state and its connection: joins lists and events, and keeps both in the storage. What an app sees of
 * it is in mod.ts.
 * @module
 */
import { CLOSE_CODES } from "../../server/protocol/close_codes.ts";
import { createClient } from "../client.ts";
import { RequestFailure } from "../failure.ts";
import { createRest, type Rest } from "../rest.ts";
import type { Client, ListenableEvent } from "../types.ts";
import { Activity } from "./activity.ts";
import { loadMessages, loadOne } from "./loading.ts";
import { CHAT_EVENTS, type ChatEvent, everythingStale, putOlder, reduce, withStale } from "./reduce.ts";
import { Sending } from "./sending.ts";
import { Session } from "./session.ts";
import { type ChatState, EMPTY, type Stale } from "./shapes.ts";
import { Keeper, memoryStorage } from "./storage.ts";
import { Value } from "./stores.ts";
import type { ChatOptions, ConnectionState } from "./types.ts";

/** Changes are kept together, at most this late, ms. */
const SAVE_AFTER_MS = 100;
/** Until what could not be loaded is asked for again, ms. */
const RELOAD_AFTER_MS = 5_000;

// biome-ignore lint/suspicious/noExplicitAny: the typed face is the chat's
type Listener = readonly [event: ListenableEvent, listener: (data: any) => unknown];

/** The engine below the stores. */
export class ChatEngine {
  readonly #options: ChatOptions;
  readonly #onError: (error: unknown) => void;
  readonly #keeper: Keeper;
  readonly session: Session;
  readonly state = new Value<ChatState>(EMPTY);
  readonly connection = new Value<ConnectionState>({ state: "signed_out" });
  readonly activity = new Activity();
  readonly sending: Sending;
  readonly rest: Rest;
  readonly #listeners = new Set<Listener>();
  /** Events, answers and loads change the state one after the other. */
  #queue: Promise<void> = Promise.resolve();
  #following: Promise<void> = Promise.resolve();
  #client: Client | undefined;
  /** Who is signed in. */
  #me: string | undefined;
  /** The account that the state belongs to; while accounts are switched still the one before. */
  #owner: string | undefined;
  #position: number | undefined;
  #saving: ReturnType<typeof setTimeout> | undefined;
  #reloading: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ChatOptions) {
    const { url, storage = memoryStorage(), fetch, onError = (error) => console.error(error) } = options;
    this.#options = options;
    this.#onError = onError;
    this.#keeper = new Keeper(storage, onError);
    this.session = new Session({ url, storage, fetch });
    this.rest = createRest({ url, token: this.session.token, ...(fetch && { fetch }) });
    this.sending = new Sending({
      client: () => this.#client,
      me: () => this.me,
      state: () => this.state.getSnapshot(),
      // What somebody has just written must not be lost with the app.
      update: (change) => {
        this.#update(change);
        void this.#save();
      },
      settle: (change) => void this.#serial(() => this.#change(change)),
      open: (id) => this.open(id),
    });
    this.session.current.subscribe(() => {
      this.#following = this.#follow();
    });
  }

  /** Whose state it is; empty: nobody's. */
  get me(): string {
    return this.#owner ?? "";
  }

  get client(): Client | undefined {
    return this.#client;
  }

  async start(): Promise<void> {
    if (this.#options.session) await this.session.use(this.#options.session);
    else await this.session.restore();
    await this.#following;
  }

  async signOut(): Promise<void> {
    const me = this.#owner;
    await this.session.signOut();
    await this.#following;
    if (me) await this.#keeper.erase(me);
  }

  /** Disconnects, and keeps everything that has been dealt with. */
  async close(): Promise<void> {
    this.#disconnect();
    await this.#queue;
    await this.#save();
  }

  /** Reconnects at once, also after a close that the client does not reconnect from. */
  wake(): void {
    if (this.#client?.state !== "closed") this.#client?.wake();
    else if (this.#owner === this.#me) this.#connect();
  }

  on(event: ListenableEvent, listener: Listener[1]): () => void {
    const own: Listener = [event, (data) => (this.#listeners.has(own) ? listener(data) : undefined)];
    this.#listeners.add(own);
    this.#client?.on(event, own[1]);
    return () => void this.#listeners.delete(own);
  }

  async open(id: string): Promise<void> {
    if (this.state.getSnapshot().talks[id]?.older !== undefined) return;
    await this.#serial(() =>
      this.#change((state) => {
        const known = state.talks[id] ? state : withStale(state, `conversation ${id}`);
        return withStale(known, `messages ${id}`);
      }),
    );
  }

  async loadOlder(id: string): Promise<void> {
    const before = this.state.getSnapshot().talks[id]?.older;
    if (!before) return;
    const page = await loadMessages(this.rest, id, before);
    // Unless the history has been replaced meanwhile: then it begins elsewhere.
    const isWanted = (state: ChatState) => state.talks[id]?.older === before;
    await this.#serial(() => this.#update((state) => (isWanted(state) ? putOlder(state, id, page) : state)));
  }

  /** Runs a change of the state after those before it. Never rejects. */
  #serial(change: () => void | Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(change).catch(this.#onError);
    return this.#queue;
  }

  #update(change: (state: ChatState) => ChatState): void {
    const before = this.state.getSnapshot();
    this.state.set(change(before));
    if (this.state.getSnapshot() === before) return;
    this.#saving ??= setTimeout(() => void this.#save(), SAVE_AFTER_MS);
  }

  async #change(change: (state: ChatState) => ChatState): Promise<void> {
    this.#update(change);
    await this.#loadStale();
  }

  /** Loads what events did not say. What fails holds back nothing else, and is loaded later or with the next connection. */
  async #loadStale(): Promise<void> {
    clearTimeout(this.#reloading);
    const failed = new Set<Stale>();
    const next = () => this.state.getSnapshot().stale.find((what) => !failed.has(what));
    for (let what = next(); what && this.#owner === this.#me && this.#client; what = next()) {
      const loading = what;
      try {
        const put = await loadOne(this.rest, loading);
        const { talks: before } = this.state.getSnapshot();
        this.#update((state) => put({ ...state, stale: state.stale.filter((other) => other !== loading) }));
        const items = Object.values(this.state.getSnapshot().talks).map(({ item }) => item);
        this.activity.learn(items.filter((item) => item !== before[item.id]?.item));
      } catch (error) {
        this.#onError(error);
        failed.add(loading);
        const { retryAfterMs = 0, status = undefined } = error instanceof RequestFailure ? error : {};
        clearTimeout(this.#reloading);
        if (this.#client.state !== "waiting")
          this.#reloading = setTimeout(() => this.#reload(), Math.max(RELOAD_AFTER_MS, retryAfterMs));
        // Nobody has answered: nothing else would be, either.
        if (status === undefined) return;
      }
    }
  }

  #reload(): void {
    void this.#serial(() => this.#loadStale());
  }

  /** Follows who is signed in. */
  async #follow(): Promise<void> {
    const user = this.session.current.getSnapshot()?.user_id;
    if (user === this.#me) return;
    this.#disconnect();
    void this.#save();
    this.#me = user;
    await this.#serial(async () => {
      const saved = user === undefined ? undefined : await this.#keeper.load(user);
      if (user !== this.#me) return;
      this.#owner = user;
      this.#position = saved?.position;
      this.activity.reset();
      this.state.set(saved?.state ?? EMPTY);
      if (user === undefined) this.connection.set({ state: "signed_out" });
      else this.#connect();
    });
  }

  #disconnect(): void {
    this.#position = this.#client?.position ?? this.#position;
    this.#client?.close();
    this.#client = undefined;
    clearTimeout(this.#reloading);
    this.activity.lost();
  }

  #connect(): void {
    this.#disconnect();
    const { url, client: given } = this.#options;
    const client = createClient({ ...given, url, token: this.session.token, since: this.#position });
    this.#client = client;
    for (const event of CHAT_EVENTS) {
      client.on(event, (data) => this.#serial(() => this.#apply({ event, data } as ChatEvent)));
    }
    client.on("authenticated", () => this.#reload());
    client.on("resync_required", () => this.#serial(() => this.#change(everythingStale)));
    this.activity.watch(client);
    for (const [event, listener] of this.#listeners) client.on(event, listener);
    client.onConnection((change) => {
      if (client !== this.#client) return;
      this.connection.set(change);
      if (change.state !== "live" && change.state !== "replaying") this.activity.lost();
      // Where the session has ended, too, this signs out.
      if (change.code === CLOSE_CODES.LOGGED_OUT.code) this.session.token("rejected").catch(() => {});
    });
    this.connection.set({ state: client.state as "connecting" });
    this.sending.resume();
  }

  async #apply(event: ChatEvent): Promise<void> {
    if (event.event === "new_message") this.activity.setTyping(event.data.conversation_id, false);
    await this.#change((state) => reduce(state, event, this.me));
  }

  /** The state may be ahead of the position and never behind it: an event that is told again changes nothing. */
  async #save(): Promise<void> {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    if (this.#owner === undefined) return;
    if (this.#owner === this.#me) this.#position = this.#client?.position ?? this.#position;
    await this.#keeper.save(this.#owner, { position: this.#position, state: this.state.getSnapshot() });
  }
}
