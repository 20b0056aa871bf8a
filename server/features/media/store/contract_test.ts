/** One suite for every store: what the interface promises holds on disk and in a bucket. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3_KEYS, startS3 } from "../../../../test/harness/media/s3.ts";
import { createDiskStore } from "./disk.ts";
import { openStore } from "./mod.ts";
import { createS3Store } from "./s3.ts";
import { type MediaStore, StoreError } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "vibes-media-"));
const s3 = startS3();
afterAll(async () => {
  await s3.stop();
  rmSync(folder, { recursive: true });
});

const bucket = { bucket: "pictures", endpoint: s3.endpoint, region: "eu-central-1" };
const settings = { s3AccessKeyId: S3_KEYS.accessKeyId, s3SecretAccessKey: S3_KEYS.secretAccessKey };
const STORES: readonly (readonly [string, MediaStore])[] = [
  ["disk", openStore({ ...settings, mediaStore: `file:${folder}`, dataDir: "" })!],
  ["s3", openStore({ ...settings, mediaStore: s3.store, dataDir: "" })!],
];
const bytes = (text: string) => new TextEncoder().encode(text);
const text = async (stream: ReadableStream<Uint8Array>) => await new Response(stream).text();

describe.each(STORES)("%s", (kind, store) => {
  test("gives back what was written, whole and in parts", async () => {
    await store.write("picture/one", bytes("0123456789"));
    expect(await store.size("picture/one")).toBe(10);
    expect(await store.read("picture/one")).toEqual(bytes("0123456789"));
    const { size, stream } = (await store.open("picture/one"))!;
    expect(size).toBe(10);
    expect(await text(stream())).toBe("0123456789");
    expect(await text(stream({ start: 2, end: 5 }))).toBe("234");
  });

  test("takes a stream, and replaces what was there", async () => {
    await store.write("upload/two", bytes("old and longer"));
    await store.write("upload/two", new Blob(["new"]).stream());
    expect(await store.read("upload/two")).toEqual(bytes("new"));
  });

  test("has nothing of a stream that broke off", async () => {
    async function* broken() {
      yield bytes("half");
      throw new Error("gone");
    }
    await expect(store.write("upload/half", broken())).rejects.toThrow(StoreError);
    expect(await store.size("upload/half")).toBeNull();
  });

  test("knows what is not there, and removes it without a word", async () => {
    await store.write("picture/three", bytes("x"));
    await store.remove("picture/three");
    await store.remove("picture/three");
    expect([await store.size("picture/three"), await store.read("picture/three")]).toEqual([null, null]);
    expect(await store.open("picture/three")).toBeNull();
  });

  test.each(["../x", "picture/../../x", "picture/", "/etc/passwd", "picture/a/b", "picture/.x", "Picture/x"])(
    "takes no key like %s",
    async (key) => {
      await expect(store.write(key, bytes("x"))).rejects.toThrow("is not <kind>/<name>");
    },
  );

  test("lets clients upload only where the store itself takes them", async () => {
    const upload = store.presign("upload/four", { seconds: 60, contentType: "image/png" });
    if (kind === "disk") return expect(upload).toBeNull();
    const { url, method, headers } = upload!;
    expect((await fetch(url, { method, headers, body: "picture" })).status).toBe(200);
    expect(await store.read("upload/four")).toEqual(bytes("picture"));
    const other = url.replace("upload/four", "picture/one");
    expect((await fetch(other, { method, headers, body: "other" })).status).toBe(403);
    expect((await fetch(url.replace("60", "61"), { method, body: "later" })).status).toBe(403);
  });
});

test("a disk has no drafts left, and nobody else may read", async () => {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(files.map(({ name }) => name).filter((name) => name.startsWith("."))).toEqual([]);
  await expect(createDiskStore("/proc/nothing").write("a/b", bytes("x"))).rejects.toThrow(StoreError);
});

test("a bucket that refuses or is away is a StoreError, not an absent object", async () => {
  const stranger = createS3Store({ ...bucket, accessKeyId: "x", secretAccessKey: "y" });
  await expect(stranger.size("picture/one")).rejects.toThrow(StoreError);
  await expect(stranger.write("picture/one", bytes("x"))).rejects.toThrow(StoreError);
  expect(s3.refused).toContain("is by somebody unknown");
  const away = createS3Store({ ...bucket, ...S3_KEYS, endpoint: "http://127.0.0.1:9" });
  await expect(away.read("picture/one")).rejects.toThrow(StoreError);
});
