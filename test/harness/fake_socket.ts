/**
 * Connections without a network, for unit tests, which record what was sent and how they closed.
 * @module
 */
import type { ServerWebSocket } from "bun";
import { jsonCodec } from "../../server/realtime/sockets/codec_json.ts";
import { Connection } from "../../server/realtime/sockets/connection.ts";
import type { Outbox } from "../../server/realtime/sockets/outbox.ts";
import { Counters } from "../../server/realtime/stats/counters.ts";

/** A connection whose socket records. */
export interface FakeSocket {
  readonly connection: Connection;
  /** Parsed frames. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into frames of any event
  readonly frames: any[];
  pings: number;
  /** What the reader has not taken yet, bytes; above 0 `send` says so. */
  buffered: number;
  code: number | undefined;
}

let lastId = 0;

/** @param onClose Called inside `close`, as Bun does. */
export function openFakeSocket(onClose: (connection: Connection) => void = () => {}): FakeSocket {
  const connection = new Connection({
    codec: jsonCodec,
    address: "127.0.0.1",
    counters: new Counters(),
    // Written at once, not at the end of the turn.
    outbox: { add: (item: Connection) => item.flush() } as Outbox,
    id: String(++lastId),
    pending: null,
  });
  const fake: FakeSocket = { connection, frames: [], pings: 0, buffered: 0, code: undefined };
  connection.ws = {
    send(frame: string) {
      fake.frames.push(JSON.parse(frame));
      return fake.buffered > 0 ? -1 : frame.length;
    },
    cork: (write: () => void) => write(),
    ping: () => fake.pings++,
    getBufferedAmount: () => fake.buffered,
    close(code: number) {
      fake.code = code;
      onClose(connection);
      connection.forget();
    },
  } as unknown as ServerWebSocket<Connection>;
  return fake;
}
