/**
 * The entry point of a generator thread.
 * @module
 */
import { RequestFailure } from "../../client/mod.ts";
import { Generator } from "./generator.ts";
import type { Order, Word } from "./wire.ts";

declare const self: Worker & { onmessage: (event: MessageEvent<Order>) => void };

let generator: Generator | undefined;

function say(word: Word): void {
  self.postMessage(word);
}

async function obey(order: Order): Promise<void> {
  switch (order.kind) {
    case "prepare": {
      generator = new Generator({ ...order, onSlice: (slice) => say({ kind: "slice", slice }) });
      await generator.prepare();
      return say({ kind: "prepared" });
    }
    case "start":
      return say({ kind: "done", outcome: await generator!.run() });
    case "stop":
      return order.inHaste ? generator?.interrupt() : generator?.end();
  }
}

self.onmessage = ({ data }) => {
  obey(data).catch((error) => {
    const { message } = error instanceof Error ? error : { message: String(error) };
    say({ kind: "failed", message, code: error instanceof RequestFailure ? error.code : "UNEXPECTED" });
  });
};
