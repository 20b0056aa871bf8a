/**
 * Uploads one file: asks where it goes, puts it there, completes it. What may succeed later is tried again.
 * @module
 */
import { restAddress } from "../address.ts";
import { delayBefore } from "../backoff.ts";
import { RequestFailure } from "../failure.ts";
import { aborted } from "../pending_request.ts";
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
  /** Attempts of each step. @default 8 */
  readonly attempts?: number;
  /**
   * Upper end of the pause after the first failure, ms; it doubles with each further one, up to 30 s. What the server
   * asks for (`retry_after_ms`) is waited for in any case. @default 1_000
   */
  readonly minDelayMs?: number;
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

const MAX_DELAY_MS = 30_000;

async function repeated<T>(
  step: () => Promise<T>,
  { attempts = 8, minDelayMs = 1_000, signal }: UploadOptions,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    if (signal?.aborted) throw aborted("the upload");
    try {
      return await step();
    } catch (error) {
      if (!isWorthRepeating(error) || attempt + 1 >= attempts) throw error;
      const { retryAfterMs } = error;
      const delay = { attempt, minDelayMs, maxDelayMs: MAX_DELAY_MS, retryAfterMs, random: Math.random };
      await pause(delayBefore(delay), signal);
    }
  }
}

/** A picture that is being checked is ready later as well. */
function isWorthRepeating(error: unknown): error is RequestFailure {
  if (!(error instanceof RequestFailure)) return false;
  const { state } = error.details as { state?: unknown };
  return error.retryable || error.code === "TIMEOUT" || state === "held";
}

/** Ends early when the upload is given up: the next step then says so. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms);
    function end(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    }
    signal?.addEventListener("abort", end);
  });
}

const byFetch: PutFile = async ({ url, headers }, file, { onProgress, signal }) => {
  const response = await fetch(url, { method: "PUT", headers, body: file, signal: signal ?? null }).catch(
    () => undefined,
  );
  judge(response?.status ?? 0, { retryAfter: response?.headers.get("retry-after"), signal });
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
        judge(request.status, { retryAfter: request.getResponseHeader("retry-after"), signal });
        resolve();
      } catch (error) {
        reject(error);
      }
    };
    signal?.addEventListener("abort", abort);
    request.send(file);
  });

interface Circumstances {
  /** Seconds, as the header says. */
  readonly retryAfter: string | null | undefined;
  readonly signal: AbortSignal | undefined;
}

/** A store's answers have no envelope: the status and the header are what there is. */
function judge(status: number, { retryAfter, signal }: Circumstances): void {
  if (status >= 200 && status < 300) return;
  const code = signal?.aborted ? "ABORTED" : status === 0 ? "UNREACHABLE" : "SERVICE_UNAVAILABLE";
  const isLater = code !== "ABORTED" && (status === 0 || status === 429 || status >= 500);
  throw new RequestFailure(
    `Cannot upload the file: ${status === 0 ? "it was not sent" : `status ${status}`}`,
    {
      code: status === 413 ? "PAYLOAD_TOO_LARGE" : code,
      retryable: isLater,
      details: retryAfter ? { retry_after_ms: Number(retryAfter) * 1_000 } : [],
    },
  );
}
