/**
 * An event on its way to one person's sockets, with its data or its text; the other one is made once somebody asks for
 * it. The text of a message's event for its sender is mostly asked for by nobody: the confirmation takes its place.
 * @module
 */
interface Parts {
  /** Serialised data; without it `data` is given. */
  readonly json?: string;
  readonly data?: unknown;
  readonly seq?: number;
  readonly at?: number;
  readonly from?: string | null;
}

/** See the module. */
export class PersonEvent {
  readonly event: string;
  /** Position in the person's log; 0: it is not kept. */
  readonly seq: number;
  /** When what it tells of was stored, ms since the epoch; 0 where nobody measures. */
  readonly at: number;
  /** Of an event that is not kept: whom it is about. */
  readonly from: string | null;
  #json: string | undefined;
  #data: unknown;

  constructor(event: string, { json, data, seq = 0, at = 0, from = null }: Parts) {
    this.event = event;
    this.seq = seq;
    this.at = at;
    this.from = from;
    this.#json = json;
    this.#data = data;
  }

  /** The serialised data. */
  get json(): string {
    this.#json ??= JSON.stringify(this.#data);
    return this.#json;
  }

  /** The data; of the shape that the catalogue declares for the event. */
  get data(): unknown {
    this.#data ??= JSON.parse(this.#json!);
    return this.#data;
  }
}
