/**
 * Loses one publish on the way to Redis between two people who then send nothing more, so that no gap in seq reveals
 * it.
 * @module
 */
import { makePeople } from "../../cli/commands/load_users.ts";
import { SCENARIOS } from "../../cli/load/catalogue.ts";
import type { PersonKey } from "../../cli/load/people.ts";
import { createClient } from "../../client/mod.ts";
import type { World } from "./world.ts";

/** @returns How long it took to arrive nevertheless, ms. */
export async function loseOnePublish(world: World): Promise<number> {
  const { nodeUrls, toRedis } = world;
  const io = { env: world.keys(), stdout: { write: () => {} }, stderr: { write: () => {} } };
  const { signal } = new AbortController();
  const layout = SCENARIOS["chat-pairs"].layout(2);
  const { people } = await makePeople(io, { runId: crypto.randomUUID().slice(0, 8), layout, signal });
  const [ana, ben] = people as [PersonKey, PersonKey];
  const writer = createClient({ url: nodeUrls[0]!, token: ana.token });
  const reader = createClient({ url: nodeUrls[1]!, token: ben.token });
  try {
    await Promise.all([writer.ready(), reader.ready()]);
    const got = Promise.withResolvers<number>();
    reader.on("new_message", () => got.resolve(performance.now()));
    // The channel that tells the reader's servers of their log goes to nobody; the rest of the command is as it was.
    const channel = new RegExp(`(?<=u\\.)${ben.id}(?=\\r\\n\\$\\d+\\r\\n\\S+ l )`);
    const lost = toRedis.alterOne((bytes) => bytes.replace(channel, crypto.randomUUID()));
    const sentAt = performance.now();
    await writer.send({ receiver_id: ben.id, content: "Anybody there?" });
    await lost;
    return (await got.promise) - sentAt;
  } finally {
    writer.close();
    reader.close();
  }
}
