/**
 * Uploads one file: asks where it goes, puts it there, completes it. What may succeed later is tried again.
 * @module
 */
import { restAddress } from "../address.ts";
import { RequestFailure } from "../failure.ts";
import type { Rest } from "../rest.ts";
import type { Message } from "../wire.ts";

/** A picture that can be sent: `url` is what an image message says. */
export type Media = NonNullable<Message["media"]>;

/** Puts a file somewhere. @throws RequestFailure */
export type PutFile = (
  target: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  file: Blob,
  options: { readonly onProgress: (done: number) => void; readonly signal?: AbortSignal | undefined },
) => Promise<void>;

/** See {@link uploadPicture}. */
export interface UploadOptions {
  /** The server, as `https://host`. */
  readonly url: string;
  /** Told how much is there, from 0 to 1. */
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal;
  /** Attempts of each step. @default 5 */
  readonly attempts?: number;
  /** The pause after the first failure, ms; each further one is twice as long. @default 1_000 */
  readonly pauseMs?: number;
  /** @default XMLHttpRequest, which tells of progress, or fetch where there is none */
  readonly put?: PutFile;
}

interface Begun {
  readonly media_id: string;
  readonly upload: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
}

/**
 * @param rest Calls of the REST API, with the person's token.
 * @param file JPEG, PNG or WebP of at most 10 MB.
 * @throws RequestFailure UNUSABLE_PICTURE with `details.reason`, PAYLOAD_TOO_LARGE, RATE_LIMIT_EXCEEDED, and what stayed
 *   after the last attempt.
 *
 * @example
 * ```ts
 * const { url } = await uploadPicture(chat.rest, file, { url: "https://api.example.com", onProgress: show });
 * chat.send({ receiver_id, content: url, message_type: "image" });
 * ```
 */
export async function uploadPicture(rest: Rest, file: Blob, options: UploadOptions): Promise<Media> {
  const {
    url,
    onProgress = () => {},
    signal,
    put = typeof XMLHttpRequest === "undefined" ? byFetch : byXhr,
  } = options;
  const again = <T>(step: () => Promise<T>) => repeated(step, options);
  const body = { content_type: file.type, size: file.size };
  const { data: begun } = await again(() => rest<Begun>("/api/v1/media", { method: "POST", body, signal }));
  const { media_id, upload } = begun;
  // A path is this server's; a bucket has an address of its own.
  const target = { ...upload, url: upload.url.startsWith("/") ? restAddress(url) + upload.url : upload.url };
  await again(() => put(target, file, { onProgress, signal }));
  const { data } = await again(() =>
    rest<{ media: Media }>(`/api/v1/media/${media_id}/complete`, { method: "POST", signal }),
  );
  return data.media;
}

async function repeated<T>(
  step: () => Promise<T>,
  { attempts = 5, pauseMs = 1_000, signal }: UploadOptions,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await step();
    } catch (error) {
      const isWorthIt = error instanceof RequestFailure && (error.retryable || error.code === "TIMEOUT");
      if (!isWorthIt || attempt >= attempts || signal?.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs * 2 ** (attempt - 1)));
    }
  }
}

const byFetch: PutFile = async ({ url, headers }, file, { onProgress, signal }) => {
  let status = 0;
  try {
    const response = await fetch(url, { method: "PUT", headers, body: file, signal: signal ?? null });
    status = response.status;
  } catch {
    // Judged below.
  }
  judge(status, signal);
  onProgress(1);
};

const byXhr: PutFile = ({ url, headers }, file, { onProgress, signal }) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open("PUT", url);
    for (const name of Object.keys(headers)) request.setRequestHeader(name, headers[name]!);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    // Whatever ends it; the status of a request that reached nobody, or was aborted, is 0.
    request.onloadend = () => {
      signal?.removeEventListener("abort", abort);
      try {
        judge(request.status, signal);
        resolve();
      } catch (error) {
        reject(error);
      }
    };
    signal?.addEventListener("abort", abort);
    request.send(file);
  });

/** A store's answers have no envelope. */
function judge(status: number, signal: AbortSignal | undefined): void {
  if (status >= 200 && status < 300) return;
  const code = signal?.aborted ? "ABORTED" : status === 0 ? "UNREACHABLE" : "SERVICE_UNAVAILABLE";
  const isLater = code !== "ABORTED" && (status === 0 || status === 429 || status >= 500);
  throw new RequestFailure(
    `Cannot upload the file: ${status === 0 ? "it was not sent" : `status ${status}`}`,
    {
      code: status === 413 ? "PAYLOAD_TOO_LARGE" : code,
      retryable: isLater,
    },
  );
}
