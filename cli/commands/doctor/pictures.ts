/**
 * Tries the store of pictures for `vibes doctor`: an object is written, read and removed again.
 * @module
 */
import { existsSync } from "node:fs";
import type { Config } from "../../../server/config/mod.ts";
import { openStore } from "../../../server/features/media/mod.ts";
import { type Finding, fail, ok, skip, warn } from "./checks.ts";

const HINT = "server/features/media/README.md says what the folder or the bucket needs";

/** @returns Whether pictures can be stored. It never throws. */
export async function examinePictures(config: Config): Promise<Finding> {
  const store = openStore(config);
  if (!store) {
    if (!config.production) return skip("MEDIA_STORE is not set");
    return warn("MEDIA_STORE is not set: people cannot upload pictures", HINT);
  }
  // Development's own folder is made with the first data; a check is no reason to make it.
  if (config.origins.MEDIA_STORE === "default" && !existsSync(config.dataDir))
    return skip("nothing is stored yet");
  const key = `doctor/${crypto.randomUUID()}`;
  const written = new TextEncoder().encode("vibes doctor");
  try {
    await store.write(key, written);
    const read = await store.read(key);
    await store.remove(key);
    if (read === null || Buffer.compare(read, written) !== 0)
      return fail("reads something else than was written", HINT);
    return ok(`the ${store.kind === "disk" ? "folder" : "bucket"} can be written, read and emptied`);
  } catch (error) {
    return fail((error as Error).message, HINT);
  }
}
