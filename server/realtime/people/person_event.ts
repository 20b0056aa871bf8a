/**
 * An event on its way to one person's sockets, with its text and its data side by side: the node that made it never
 * parses it, the others do so at most once.
 * @module
 */
interface Parts {
  /** Serialised data. @default made of `data` */
  readonly json?: string;
  /** @default parsed from `json` when it is asked for */
  readonly data?: unknown;
  readonly seq?: number;
  readonly at?: number;
  readonly from?: string | null;
}

/** See the module. */
export class PersonEvent {
  readonly event: string;
  readonly json: string;
  /** Position in the person's log; 0: it is not kept. */
  readonly seq: number;
  /** When what it tells of was stored, ms since the epoch; 0 where nobody measures. */
  readonly at: number;
  /** Of an event that is not kept: whom it is about. */
  readonly from: string | null;
  #data: unknown;

  constructor(event: string, { json, data, seq = 0, at = 0, from = null }: Parts) {
    this.event = event;
    this.json = json ?? JSON.stringify(data);
    this.seq = seq;
    this.at = at;
    this.from = from;
    this.#data = data;
  }

  /** The data; of the shape that the catalogue declares for the event. */
  get data(): unknown {
    this.#data ??= JSON.parse(this.json);
    return this.#data;
  }
}
