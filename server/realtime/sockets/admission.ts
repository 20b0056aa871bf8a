/**
 * Decides whether a request may open a socket: by its origin, by the number and rate of sockets of its address, by the
 * rate of the whole process, and none while the server drains. It authenticates nobody.
 * @module
 */
import type { RateLimits } from "../../backplane/mod.ts";
import { addressKey } from "../../lib/addresses.ts";
import { allowsOrigin, type OriginRules } from "../../lib/origins.ts";
import { AppError } from "../../protocol/errors.ts";

interface AdmissionOptions extends OriginRules {
  readonly limits: Pick<RateLimits, "consume">;
  /** Sockets of one address at one time; null: any number. */
  readonly maxPerAddress: number | null;
}

/** Clients that were refused for lack of capacity retry within this many ms, each at a random moment. */
const COME_AGAIN_MS = 3_000;

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #open = new Map<string, number>();
  /** While true, every request is refused. */
  draining = false;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /**
   * Checks one upgrade and counts its socket until `release`.
   *
   * @returns The key of the address, for `release`.
   * @throws FORBIDDEN for an origin that is not allowed; RATE_LIMIT_EXCEEDED for an address that has too many
   * sockets or opens too many; SERVICE_UNAVAILABLE while the process has no capacity.
   */
  async admit(request: Request, address: string): Promise<string> {
    if (this.draining) throw unavailable("This server is shutting down: connect again");
    const { limits, maxPerAddress } = this.#options;
    if (!isAllowed(request, this.#options)) {
      throw new AppError("FORBIDDEN", "Cannot open a socket from this origin");
    }
    const key = addressKey(address);
    const open = this.#open.get(key) ?? 0;
    if (maxPerAddress !== null && open >= maxPerAddress) {
      const details = { limit: maxPerAddress, open, retry_after_ms: COME_AGAIN_MS };
      throw new AppError("RATE_LIMIT_EXCEEDED", "Too many open sockets from this address", details);
    }
    // Counted before the first await: a burst would pass all at once otherwise.
    this.#open.set(key, open + 1);
    try {
      await limits.consume("WS_CONNECT", key);
      await limits.consume("WS_ADMISSION", "process").catch((error) => {
        throw error instanceof AppError
          ? unavailable("Too many clients connect at once: retry later")
          : error;
      });
    } catch (error) {
      this.release(key);
      throw error;
    }
    return key;
  }

  /** A socket of that address has closed. */
  release(key: string): void {
    const open = this.#open.get(key) ?? 0;
    if (open > 1) this.#open.set(key, open - 1);
    else this.#open.delete(key);
  }

  /** Open sockets of all addresses. */
  get open(): number {
    let sum = 0;
    for (const open of this.#open.values()) sum += open;
    return sum;
  }
}

function unavailable(message: string): AppError {
  const retryAfterMs = Math.ceil(500 + Math.random() * (COME_AGAIN_MS - 500));
  return new AppError("SERVICE_UNAVAILABLE", message, { retry_after_ms: retryAfterMs });
}

/** Apps send no origin; a browser's must be on the list or the server's own. */
function isAllowed(request: Request, rules: OriginRules): boolean {
  const origin = request.headers.get("origin");
  if (origin === null || allowsOrigin(origin, rules)) return true;
  return URL.parse(origin)?.host === request.headers.get("host");
}
