/**
 * Browsers' push services (RFC 8030): the payload is encrypted for the browser (RFC 8291) and signed by this server
 * (RFC 8292) with the library `web-push`; the call is ours, with its rules about where it may go.
 * @module
 */
import { createECDH } from "node:crypto";
import { isPublicHost } from "../../../lib/public_hosts.ts";
import {
  ATTEMPT_MS,
  dataOf,
  type Notice,
  type Outcome,
  type Provider,
  retryAfterMs,
  unanswered,
} from "./provider.ts";
import {
  type EndpointRules,
  isAllowedEndpoint,
  readSubscription,
  type Subscription,
} from "./webpush_endpoint.ts";

interface WebPushOptions {
  /** The private key of VAPID: 32 bytes in base64url. */
  readonly privateKey: string;
  /** Whom a push service can ask: `mailto:` or `https:`. */
  readonly subject: string;
  readonly rules: EndpointRules;
}

/** Push services take no more. */
const MAX_BODY_BYTES = 4_096;

/** @returns The public key that browsers subscribe with, base64url; undefined when the private one is none. */
export function vapidPublicKey(privateKey: string): string | undefined {
  try {
    const bytes = Buffer.from(privateKey, "base64url");
    if (bytes.length !== 32) return undefined;
    const ecdh = createECDH("prime256v1");
    ecdh.setPrivateKey(bytes);
    return ecdh.getPublicKey().toString("base64url");
  } catch {
    return undefined;
  }
}

/** @throws Error when the key is not one. */
export function createWebPushProvider({ privateKey, subject, rules }: WebPushOptions): Provider {
  const publicKey = vapidPublicKey(privateKey);
  if (publicKey === undefined)
    throw new Error("Cannot use PUSH_VAPID_PRIVATE_KEY: not 32 bytes in base64url");
  const vapidDetails = { subject, publicKey, privateKey };

  /** @returns The encrypted request; undefined when the subscription's key is no point of the curve. */
  async function encrypt(subscription: Subscription, notice: Notice) {
    // Loaded with the first notification: a server without browsers among its devices starts faster.
    const { default: webpush } = await import("web-push");
    const { collapseKey: topic, ttlSeconds: TTL, isPersonal, title, body } = notice;
    const payload = JSON.stringify({ ...dataOf(notice), ...(isPersonal && { title, body }) });
    try {
      return webpush.generateRequestDetails(subscription, payload, {
        vapidDetails,
        TTL,
        topic,
        urgency: "high",
      });
    } catch {
      return undefined;
    }
  }

  return {
    name: "webpush",
    async send({ token }, notice, signal) {
      const subscription = readSubscription(token);
      // The list of hosts may have become shorter since the device was registered.
      if (!subscription || !isAllowedEndpoint(subscription.endpoint, rules)) {
        return { kind: "dead", reason: "EndpointNotAllowed" };
      }
      const request = await encrypt(subscription, notice);
      if (!request) return { kind: "dead", reason: "BadSubscription" };
      if (request.body.byteLength > MAX_BODY_BYTES) return { kind: "refused", reason: "PayloadTooLarge" };
      try {
        if (!(await isPublicHost(subscription.endpoint, rules)))
          return { kind: "refused", reason: "PrivateAddress" };
        const response = await fetch(request.endpoint, {
          method: "POST",
          headers: headersOf(request.headers),
          body: new Uint8Array(request.body),
          redirect: "manual",
          signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]),
        });
        // Nothing of the answer is needed, and it may be long.
        await response.body?.cancel();
        return judge(response);
      } catch (error) {
        return unanswered(error);
      }
    },
  };
}

function headersOf(given: Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Object.entries(given).filter(([name]) => name.toLowerCase() !== "content-length");
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

function judge({ status, headers }: Response): Outcome {
  if (status >= 200 && status < 300) return { kind: "sent" };
  const reason = `Status${status}`;
  if (status === 404 || status === 410) return { kind: "dead", reason: "Gone" };
  if (status === 429 || status >= 500) return { kind: "retry", reason, afterMs: retryAfterMs(headers) };
  // 3xx too: a redirect could lead anywhere.
  return { kind: "refused", reason };
}
