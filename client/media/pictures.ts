/**
 * Pictures on their way: what the person chose, how far it is, what became of it. Uploaded ones are messages of the chat,
 * which sends them until they are answered. Files are kept in memory: a restart of the app forgets those not yet uploaded.
 * @module
 */

import { type Store, Value } from "../chat/stores.ts";
import type { Chat } from "../chat/types.ts";
import { RequestFailure } from "../failure.ts";
import { type UploadOptions, uploadPicture } from "./upload.ts";

/** A picture that is not a message yet. */
export interface PendingPicture {
  readonly id: string;
  readonly receiver_id: string;
  /** An address of the file here, to show it meanwhile; null where the platform has none. */
  readonly preview: string | null;
  /** How much is uploaded, from 0 to 1. */
  readonly progress: number;
  /** Why it failed: a code of the error table; absent while it is under way. */
  readonly error?: string;
  /** Of UNUSABLE_PICTURE: why. */
  readonly reason?: string;
}

/** See {@link createPictures}. */
export interface PicturesOptions extends Omit<UploadOptions, "onProgress" | "signal"> {
  readonly chat: Pick<Chat, "rest" | "send">;
}

/** See {@link createPictures}. */
export interface Pictures {
  /** Oldest first. */
  readonly pending: Store<readonly PendingPicture[]>;
  /** Shows a picture at once, uploads it and sends it. @returns Its id while it is pending. */
  sendImage(receiverId: string, file: Blob): string;
  /** Uploads one that failed again. */
  retry(id: string): void;
  /** Forgets one, and ends its upload. */
  discard(id: string): void;
}

interface Upload {
  readonly file: Blob;
  abort: AbortController;
}

/**
 * @example
 * ```ts
 * const pictures = createPictures({ chat, url: "https://api.example.com" });
 * input.onchange = () => pictures.sendImage(receiverId, input.files[0]);
 * pictures.pending.subscribe(() => show(pictures.pending.getSnapshot()));
 * ```
 */
export function createPictures(options: PicturesOptions): Pictures {
  return new Uploads(options);
}

class Uploads implements Pictures {
  readonly #options: PicturesOptions;
  readonly #uploads = new Map<string, Upload>();
  readonly pending = new Value<readonly PendingPicture[]>([]);
  #count = 0;

  constructor(options: PicturesOptions) {
    this.#options = options;
  }

  sendImage(receiverId: string, file: Blob): string {
    const id = `picture-${++this.#count}`;
    const preview = typeof URL.createObjectURL === "function" ? URL.createObjectURL(file) : null;
    this.#uploads.set(id, { file, abort: new AbortController() });
    this.pending.set([...this.#all, { id, receiver_id: receiverId, preview, progress: 0 }]);
    void this.#run(id);
    return id;
  }

  retry(id: string): void {
    const upload = this.#uploads.get(id);
    const picture = this.#find(id);
    if (!upload || !picture?.error) return;
    upload.abort = new AbortController();
    const { error: _, reason: __, ...again } = picture;
    this.#change(id, () => ({ ...again, progress: 0 }));
    void this.#run(id);
  }

  discard(id: string): void {
    this.#uploads.get(id)?.abort.abort();
    this.#forget(id);
  }

  async #run(id: string): Promise<void> {
    const { chat, ...options } = this.#options;
    const { file, abort } = this.#uploads.get(id)!;
    try {
      const onProgress = (progress: number) => this.#change(id, (picture) => ({ ...picture, progress }));
      const media = await uploadPicture(chat.rest, file, { ...options, onProgress, signal: abort.signal });
      const picture = this.#find(id);
      if (!picture) return;
      chat.send({ receiver_id: picture.receiver_id, content: media.url, message_type: "image", media });
      this.#forget(id);
    } catch (error) {
      const { code = "UNREACHABLE", details } = error instanceof RequestFailure ? error : {};
      const reason = (details as { reason?: string } | undefined)?.reason;
      this.#change(id, (picture) => ({ ...picture, error: code, ...(reason && { reason }) }));
    }
  }

  #change(id: string, change: (picture: PendingPicture) => PendingPicture): void {
    this.pending.set(this.#all.map((picture) => (picture.id === id ? change(picture) : picture)));
  }

  #forget(id: string): void {
    const preview = this.#find(id)?.preview;
    this.#uploads.delete(id);
    this.pending.set(this.#all.filter((picture) => picture.id !== id));
    if (preview) URL.revokeObjectURL(preview);
  }

  #find(id: string): PendingPicture | undefined {
    return this.#all.find((picture) => picture.id === id);
  }

  get #all(): readonly PendingPicture[] {
    return this.pending.getSnapshot();
  }
}
