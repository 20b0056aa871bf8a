/**
 * Pictures of a chat that are not uploaded yet: what the person chose, how far it is, why it failed. Uploaded ones are
 * messages of the chat. Files are kept in memory: a restart of the app forgets those not yet uploaded.
 * @module
 */
import { Value } from "../chat/stores.ts";
import type { PendingPicture, Pictures, PicturesDeps } from "../chat/types.ts";
import { RequestFailure } from "../failure.ts";
import { newMessageId } from "../message_id.ts";
import { type UploadOptions, uploadPicture } from "./upload.ts";

/**
 * Lets a chat send pictures: `createChat({ url, pictures })`, then `chat.sendImage(receiverId, file)`.
 *
 * @example
 * ```ts
 * const chat = createChat({ url, pictures: (deps) => pictures(deps, { attempts: 3 }) });
 * ```
 */
export function pictures(
  deps: PicturesDeps,
  options: Omit<UploadOptions, "url" | "onProgress" | "signal"> = {},
): Pictures {
  return new Uploads(deps, options);
}

class Uploads implements Pictures {
  readonly #deps: PicturesDeps;
  readonly #options: Omit<UploadOptions, "url">;
  readonly #files = new Map<string, { readonly file: Blob; abort: AbortController }>();
  readonly pending = new Value<readonly PendingPicture[]>([]);

  constructor(deps: PicturesDeps, options: Omit<UploadOptions, "url">) {
    this.#deps = deps;
    this.#options = options;
  }

  sendImage(receiverId: string, file: Blob): string {
    const id = newMessageId();
    this.#files.set(id, { file, abort: new AbortController() });
    const picture: PendingPicture = {
      receiver_id: receiverId,
      content: "",
      message_type: "image",
      client_message_id: id,
      created_at: new Date().toISOString(),
      upload: { preview: previewOf(file), progress: 0 },
    };
    this.pending.set([...this.#all, picture]);
    void this.#run(id);
    return id;
  }

  retry(id: string): void {
    const held = this.#files.get(id);
    const picture = this.#find(id);
    if (!held || !picture?.error) return;
    held.abort = new AbortController();
    const { error: _, ...again } = picture;
    this.#change(id, () => ({ ...again, upload: { preview: picture.upload.preview, progress: 0 } }));
    void this.#run(id);
  }

  discard(id: string): void {
    const preview = this.#find(id)?.upload.preview;
    this.#files.get(id)?.abort.abort();
    this.#files.delete(id);
    this.pending.set(this.#all.filter((picture) => picture.client_message_id !== id));
    if (preview) URL.revokeObjectURL(preview);
  }

  clear(): void {
    for (const { client_message_id } of this.#all) this.discard(client_message_id);
  }

  async #run(id: string): Promise<void> {
    const { rest, url, send } = this.#deps;
    const { file, abort } = this.#files.get(id)!;
    try {
      const media = await uploadPicture(rest, file, {
        ...this.#options,
        url,
        signal: abort.signal,
        onProgress: (progress) =>
          this.#change(id, (picture) => ({ ...picture, upload: { ...picture.upload, progress } })),
      });
      const picture = this.#find(id);
      if (!picture) return;
      const { upload: _, ...message } = picture;
      // Under its name and at its time: what shows it need not change.
      send({ ...message, content: media.url, media });
      this.discard(id);
    } catch (error) {
      const { code = "UNREACHABLE", details } = error instanceof RequestFailure ? error : {};
      const { reason } = (details ?? {}) as { reason?: string };
      this.#change(id, (picture) => ({
        ...picture,
        error: code,
        upload: { ...picture.upload, ...(reason && { reason }) },
      }));
    }
  }

  #change(id: string, change: (picture: PendingPicture) => PendingPicture): void {
    this.pending.set(
      this.#all.map((picture) => (picture.client_message_id === id ? change(picture) : picture)),
    );
  }

  #find(id: string): PendingPicture | undefined {
    return this.#all.find((picture) => picture.client_message_id === id);
  }

  get #all(): readonly PendingPicture[] {
    return this.pending.getSnapshot();
  }
}

/** React Native has the function and throws where its app is not set up for it. */
function previewOf(file: Blob): string | null {
  try {
    return URL.createObjectURL(file);
  } catch {
    return null;
  }
}
