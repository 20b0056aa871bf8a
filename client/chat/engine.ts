/**
 * One account's state and its connection: joins lists and events, and keeps both in the storage. What an app sees of
 * it is in mod.ts.
 * @module
 */
import { createClient } from "../client.ts";
import { RequestFailure } from "../failure.ts";
import { createRest, type Rest } from "../rest.ts";
import type { Client, ListenableEvent } from "../types.ts";
import { Activity } from "./activity.ts";
import { loadMessages, loadOne } from "./loading.ts";
import { CHAT_EVENTS, type ChatEvent, everythingStale, putOlder, reduce, withStale } from "./reduce.ts";
import { Sending } from "./sending.ts";
import { Session } from "./session.ts";
import { type ChatState, EMPTY } from "./shapes.ts";
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
  /** Whose the state is: for a moment somebody else's while people change. */
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
      update: (change) => {
        this.#update(change);
        // What somebody has just written must not be lost with the app.
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
    const { me } = this;
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

  /** Comes back now, also after the server has closed for good. */
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
    const talk = this.state.getSnapshot().talks[id];
    if (talk?.older !== undefined) return;
    await this.#serial(() =>
      this.#change((state) => {
        const known = state.talks[id] ? state : withStale(state, `conversation ${id}`);
        return withStale(known, `messages ${id}`);
      }),
    );
  }

  async loadOlder(id: string): Promise<void> {
    let failure: unknown;
    await this.#serial(async () => {
      const before = this.state.getSnapshot().talks[id]?.older;
      if (!before) return;
      try {
        const page = await loadMessages(this.rest, id, before);
        this.#update((state) => putOlder(state, id, page));
      } catch (error) {
        failure = error;
      }
    });
    if (failure) throw failure;
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

  /** Asks the server for what events did not say; what fails is asked for again later. */
  async #loadStale(): Promise<void> {
    clearTimeout(this.#reloading);
    let what = this.state.getSnapshot().stale[0];
    while (what !== undefined && this.#owner === this.#me && this.#client) {
      const loading = what;
      try {
        const put = await loadOne(this.rest, loading);
        const { talks: before } = this.state.getSnapshot();
        this.#update((state) => put({ ...state, stale: state.stale.filter((other) => other !== loading) }));
        const items = Object.values(this.state.getSnapshot().talks).map(({ item }) => item);
        this.activity.learn(items.filter((item) => item !== before[item.id]?.item));
      } catch (error) {
        this.#onError(error);
        const { retryAfterMs = 0 } = error instanceof RequestFailure ? error : {};
        const delay = Math.max(RELOAD_AFTER_MS, retryAfterMs);
        this.#reloading = setTimeout(() => void this.#serial(() => this.#loadStale()), delay);
        return;
      }
      what = this.state.getSnapshot().stale[0];
    }
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
    client.on("authenticated", () => void this.#serial(() => this.#loadStale()));
    client.on("resync_required", () => this.#serial(() => this.#change(everythingStale)));
    this.activity.watch(client);
    for (const [event, listener] of this.#listeners) client.on(event, listener);
    client.onConnection((change) => {
      if (client !== this.#client) return;
      this.connection.set(change);
      if (change.state !== "live" && change.state !== "replaying") this.activity.lost();
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
