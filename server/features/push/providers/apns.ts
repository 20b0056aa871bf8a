/**
 * Apple's push service over HTTP/2, with a provider token (ES256) that every request of the process shares.
 * @module
 */
import { importPKCS8, SignJWT } from "jose";
import { Cached } from "../../../lib/cached.ts";
import {
  ATTEMPT_MS,
  dataOf,
  type Notice,
  type Outcome,
  type Provider,
  retryAfterMs,
  unanswered,
} from "./provider.ts";

/** What Apple's developer site gives. */
export interface ApnsKeys {
  /** The `.p8` file: PKCS#8 in PEM. */
  readonly key: string;
  readonly keyId: string;
  readonly teamId: string;
}

interface ApnsOptions extends ApnsKeys {
  /** Instead of Apple's, for both environments. */
  readonly url?: string | null | undefined;
  /** For a server that no public authority vouches for. */
  readonly tls?: { readonly ca: string } | undefined;
  /** Milliseconds since the epoch. @default the machine's clock */
  readonly now?: () => number;
}

const URLS = { production: "https://api.push.apple.com", sandbox: "https://api.sandbox.push.apple.com" };
/**
 * Apple refuses tokens that are older than an hour, and keys whose tokens change more often than every 20 minutes.
 * All processes date theirs to the same moments, 40 minutes apart, so that many processes change them no more often
 * than one does.
 */
const TOKEN_SECONDS = 2_400;
/** The token names another device, app or environment. */
const DEAD = new Set(["BadDeviceToken", "DeviceTokenNotForTopic", "Unregistered", "ExpiredToken"]);
/** Something is wrong with our key: an operator has to look, and meanwhile Apple is asked rarely. */
const OUR_KEY = new Set([
  "ExpiredProviderToken",
  "InvalidProviderToken",
  "MissingProviderToken",
  "TooManyProviderTokenUpdates",
]);
const OUR_KEY_RETRY_MS = 60_000;

/** @throws Error when the key is not one. */
export async function createApnsProvider(options: ApnsOptions): Promise<Provider> {
  const { keyId, teamId, url, tls, now = Date.now } = options;
  const key = await importPKCS8(options.key, "ES256");
  const providerToken = new Cached(
    () => {
      const jwt = new SignJWT().setProtectedHeader({ alg: "ES256", kid: keyId }).setIssuer(teamId);
      return jwt.setIssuedAt(startOfToken(now())).sign(key);
    },
    // Counted from the start of a token, so that the next one replaces it when its own time starts.
    { maxAgeMs: TOKEN_SECONDS * 1_000, now: () => startOfToken(now()) * 1_000 },
  );

  return {
    name: "apns",
    async send({ token, appId, environment }, notice, signal) {
      const isSilent = notice.type === "read";
      const headers = {
        authorization: `bearer ${await providerToken.read()}`,
        "apns-topic": appId ?? "",
        "apns-push-type": isSilent ? "background" : "alert",
        "apns-priority": isSilent ? "5" : "10",
        "apns-collapse-id": notice.collapseKey,
        "apns-expiration": String(Math.floor(now() / 1000) + notice.ttlSeconds),
      };
      try {
        const response = await fetch(`${url ?? URLS[environment ?? "production"]}/3/device/${token}`, {
          method: "POST",
          protocol: "http2",
          headers,
          body: JSON.stringify(payloadOf(notice)),
          signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]),
          redirect: "manual",
          ...(tls && { tls }),
        } as RequestInit);
        return await judge(response);
      } catch (error) {
        return unanswered(error);
      }
    },
  };
}

/** @returns When the token of this moment is dated to, seconds. */
function startOfToken(ms: number): number {
  return Math.floor(ms / 1000 / TOKEN_SECONDS) * TOKEN_SECONDS;
}

function payloadOf(notice: Notice) {
  const { title, body, badge, collapseKey } = notice;
  const aps =
    notice.type === "read"
      ? { "content-available": 1, badge }
      : { alert: { title, body }, badge, sound: "default", "thread-id": collapseKey, "mutable-content": 1 };
  return { aps, ...dataOf(notice) };
}

async function judge(response: Response): Promise<Outcome> {
  const text = await response.text();
  if (response.status === 200) return { kind: "sent" };
  const { reason = `Status${response.status}`, timestamp } = readJson(text);
  if (response.status === 410) return { kind: "dead", reason, since: timestamp };
  if (DEAD.has(reason)) return { kind: "dead", reason };
  if (OUR_KEY.has(reason)) return { kind: "retry", reason, afterMs: OUR_KEY_RETRY_MS };
  if (response.status === 429 || response.status >= 500) {
    return { kind: "retry", reason, afterMs: retryAfterMs(response.headers) };
  }
  return { kind: "refused", reason };
}

function readJson(text: string): { reason?: string; timestamp?: number } {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
