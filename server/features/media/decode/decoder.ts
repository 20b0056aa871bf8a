/**
 * Makes of an uploaded file what is stored: a picture and a thumbnail without anything but pixels, and a placeholder.
 * Each file is decoded by a process of its own (child.ts), one at a time, with limits of time, memory and processor time
 * and at a low priority. It stores nothing.
 * @module
 */
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { isExecutable } from "../../../lib/resources.ts";
import { AppError } from "../../../protocol/errors.ts";
import { type Refusal, UnusablePicture } from "./header.ts";

/** What is stored of a picture. */
export interface DecodedPicture {
  /** WebP, at most 2048 pixels a side. */
  readonly picture: Uint8Array;
  /** WebP, at most 512 pixels a side. */
  readonly thumb: Uint8Array;
  /** Of the picture, upright. */
  readonly width: number;
  readonly height: number;
  /** Thumbhash in base64. */
  readonly placeholder: string;
}

/** The first line of what the child writes. */
export type ChildAnswer =
  | {
      readonly ok: true;
      readonly width: number;
      readonly height: number;
      readonly placeholder: string;
      /** Bytes of the picture; the thumbnail follows it. */
      readonly picture: number;
    }
  | { readonly ok: false; readonly reason: Refusal; readonly message: string };

interface DecoderOptions {
  /** Wall time of one picture, ms. @default 30_000 */
  readonly timeoutMs?: number;
  /** Pictures that may wait; more are refused. @default 32 */
  readonly maxWaiting?: number;
}

/** The command of the executable, which cannot be given a script. */
export const DECODE_COMMAND = "_decode-picture";
const CHILD = fileURLToPath(new URL("./main.ts", import.meta.url));
/** 640 MiB of data (40 megapixels take 236 MB at worst), 20 s of processor time, below everything else of the machine. */
const LIMITS = 'ulimit -d 655360; ulimit -t 20; exec nice -n 10 "$@"';

/** See the module. */
export class Decoder {
  readonly #timeoutMs: number;
  readonly #maxWaiting: number;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ timeoutMs = 30_000, maxWaiting = 32 }: DecoderOptions = {}) {
    this.#timeoutMs = timeoutMs;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * @param open Opens the file when its turn has come. It goes to the child in parts: whole, it would be copied in one turn
   *   of the event loop, in which chat waits.
   * @throws UnusablePicture for what is no picture that can be used, SERVICE_UNAVAILABLE when too many wait, the file
   *   breaks off, or the machine is so busy that the time was not enough.
   */
  async decode(open: () => Promise<ReadableStream<Uint8Array>>): Promise<DecodedPicture> {
    if (this.#waiting >= this.#maxWaiting) {
      throw busy("too many are being worked on");
    }
    this.#waiting++;
    const mine = this.#last.then(async () => await this.#run(await open()));
    this.#last = mine.catch(() => {});
    try {
      return await mine;
    } finally {
      this.#waiting--;
    }
  }

  async #run(file: ReadableStream<Uint8Array>): Promise<DecodedPicture> {
    const deadline = AbortSignal.timeout(this.#timeoutMs);
    const input = new Input(file);
    const child = Bun.spawn(
      ["sh", "-c", LIMITS, "sh", process.execPath, isExecutable ? DECODE_COMMAND : CHILD],
      {
        // Neither a bunfig.toml nor the secrets of the server.
        cwd: tmpdir(),
        env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
        stdin: input.stream,
        stdout: "pipe",
        stderr: "ignore",
        signal: deadline,
        killSignal: "SIGKILL",
      },
    );
    const [output] = await Promise.all([new Response(child.stdout).bytes(), child.exited]);
    if (input.isBroken) throw busy("the store broke off in the middle of it");
    // What a picture may cost is bounded by processor time; that this one waited for the processor is not its fault.
    if (child.signalCode !== null && deadline.aborted) throw busy("it was not decoded in time");
    return parseAnswer(output);
  }
}

/** What a child reads. It remembers that the file broke off, which for the child is its end. */
class Input {
  readonly stream: ReadableStream<Uint8Array>;
  isBroken = false;

  constructor(file: ReadableStream<Uint8Array>) {
    const reader = file.getReader();
    this.stream = new ReadableStream({
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          this.isBroken = true;
          controller.error(error);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    });
  }
}

function busy(why: string): AppError {
  const message = `Cannot take the picture: ${why}, retry later`;
  return new AppError("SERVICE_UNAVAILABLE", message, { retry_after_ms: 5_000 });
}

/** A child that was killed, by a limit or by a fault of a decoder, has written nothing or half of its answer. */
function parseAnswer(output: Uint8Array): DecodedPicture {
  const end = output.indexOf(0x0a);
  if (end === -1) throw new UnusablePicture("undecodable", "cannot be decoded");
  const head = JSON.parse(new TextDecoder().decode(output.subarray(0, end))) as ChildAnswer;
  if (!head.ok) throw new UnusablePicture(head.reason, head.message);
  const { width, height, placeholder } = head;
  const picture = output.subarray(end + 1, end + 1 + head.picture);
  const thumb = output.subarray(end + 1 + head.picture);
  if (picture.length !== head.picture || thumb.length === 0) {
    throw new UnusablePicture("undecodable", "cannot be decoded");
  }
  return { picture, thumb, width, height, placeholder };
}
