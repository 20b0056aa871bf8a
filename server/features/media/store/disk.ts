/**
 * Objects as files of a folder, which several processes of one machine, or of one shared file system, may use. A file is
 * written beside its place, synced and renamed, so that it is whole after a power loss or not there.
 * @module
 */
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { newId } from "../../../lib/ids.ts";
import { type MediaStore, openObject, requireKey, storing } from "./store.ts";

/** @param root The folder; it is made when the first object is written. */
export function createDiskStore(root: string): MediaStore {
  /** 65,536 folders a kind, by the hash of the name. */
  function pathOf(key: string): string {
    const [kind = "", name = ""] = requireKey(key).split("/");
    const shard = new Bun.CryptoHasher("sha256").update(name).digest("hex");
    return join(root, kind, shard.slice(0, 2), shard.slice(2, 4), name);
  }

  const sizeOf = (key: string) =>
    storing("look", async () => await unlessAbsent(async () => (await stat(pathOf(key))).size));

  return {
    kind: "disk",
    presign: () => null,

    write: (key, content) =>
      storing("write", async () => {
        const path = pathOf(key);
        const folder = dirname(path);
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const draft = join(folder, `.${newId()}`);
        try {
          const file = await open(draft, "wx", 0o600);
          try {
            const parts = content instanceof Uint8Array ? [content] : content;
            for await (const part of parts) await file.writeFile(part);
            await file.sync();
          } finally {
            await file.close();
          }
          await rename(draft, path);
        } catch (error) {
          await rm(draft, { force: true });
          throw error;
        }
        await syncFolder(folder);
      }),

    size: sizeOf,
    open: async (key) => openObject(await sizeOf(key), () => Bun.file(pathOf(key))),

    read: (key) =>
      storing(
        "read",
        async () => await unlessAbsent(async () => new Uint8Array(await readFile(pathOf(key)))),
      ),

    remove: (key) => storing("remove", () => rm(pathOf(key), { force: true })),
  };
}

async function unlessAbsent<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Makes a rename durable. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
