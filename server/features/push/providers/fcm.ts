/**
 * Google's push service, HTTP v1, with an access token of the service account that every request of the process shares.
 * @module
 */
import { importPKCS8, SignJWT } from "jose";
import {
  ATTEMPT_MS,
  dataOf,
  type Notice,
  type Outcome,
  type Provider,
  retryAfterMs,
  unanswered,
} from "./provider.ts";

/** The part of a service account's JSON file that is needed. */
export interface FcmCredentials {
  readonly project_id: string;
  readonly client_email: string;
  readonly private_key: string;
  readonly token_uri: string;
}

interface FcmOptions {
  readonly credentials: FcmCredentials;
  /** Instead of Google's. */
  readonly url?: string | null | undefined;
  /** Milliseconds since the epoch. @default the machine's clock */
  readonly now?: () => number;
}

const URL_OF_GOOGLE = "https://fcm.googleapis.com";
const SCOPE = "https://www.googleapis.com/auth/firebase.messaging";
/** A token is renewed so long before its end, ms. */
const RENEW_BEFORE_MS = 300_000;
const DEAD = new Set(["UNREGISTERED", "SENDER_ID_MISMATCH"]);

/** Google names no time with some refusals for too many messages, and asks for a minute then, ms. */
const QUOTA_RETRY_MS = 60_000;

/** One access token, or the question for it that is under way. */
interface AccessToken {
  readonly text: Promise<string>;
  /** Milliseconds since the epoch; while it is asked for, never. */
  renewAt: number;
}

/** What Google answers. */
interface Granted {
  readonly access_token: string;
  /** Seconds. */
  readonly expires_in: number;
}

/** The access token that all sends share. */
class AccessTokens {
  readonly #ask: () => Promise<Granted>;
  readonly #now: () => number;
  #current: AccessToken | undefined;

  constructor(ask: () => Promise<Granted>, now: () => number) {
    this.#ask = ask;
    this.#now = now;
  }

  /** Concurrent sends share one request for a token: it is kept before anything is awaited. */
  take(): AccessToken {
    if (this.#current && this.#now() < this.#current.renewAt) return this.#current;
    const asked: AccessToken = {
      text: this.#ask().then(({ access_token, expires_in }) => {
        asked.renewAt = this.#now() + expires_in * 1_000 - RENEW_BEFORE_MS;
        return access_token;
      }),
      renewAt: Number.POSITIVE_INFINITY,
    };
    this.#current = asked;
    asked.text.catch(() => this.forget(asked));
    return asked;
  }

  /** The next send asks for another one, unless another send has already. */
  forget(token: AccessToken): void {
    if (this.#current === token) this.#current = undefined;
  }
}

/**
 * @returns The credentials of a service account's JSON file, or undefined when it is none. A key with literal `\n`, as
 *   some shells and panels leave it, is mended.
 */
export function readFcmCredentials(text: string): FcmCredentials | undefined {
  try {
    const read = JSON.parse(text) as Partial<FcmCredentials>;
    const { project_id, client_email, private_key, token_uri = "https://oauth2.googleapis.com/token" } = read;
    if (!project_id || !client_email || !private_key?.includes("BEGIN PRIVATE KEY")) return undefined;
    return { project_id, client_email, private_key: private_key.replaceAll("\\n", "\n"), token_uri };
  } catch {
    return undefined;
  }
}

/** @throws Error when the key is not one. */
export async function createFcmProvider({ credentials, url, now = Date.now }: FcmOptions): Promise<Provider> {
  const { project_id, client_email, private_key, token_uri } = credentials;
  const key = await importPKCS8(private_key, "RS256");
  const address = `${url ?? URL_OF_GOOGLE}/v1/projects/${encodeURIComponent(project_id)}/messages:send`;

  async function askForToken(): Promise<Granted> {
    const assertion = await new SignJWT({ scope: SCOPE })
      .setProtectedHeader({ alg: "RS256", typ: "JWT" })
      .setIssuer(client_email)
      .setAudience(token_uri)
      .setIssuedAt()
      .setExpirationTime("1h")
      .sign(key);
    const response = await fetch(token_uri, {
      method: "POST",
      body: new URLSearchParams({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion }),
      signal: AbortSignal.timeout(ATTEMPT_MS),
      redirect: "manual",
    });
    const text = await response.text();
    if (!response.ok) throw Object.assign(new Error("No access token"), { code: `OAuth${response.status}` });
    return JSON.parse(text);
  }

  const tokens = new AccessTokens(askForToken, now);

  return {
    name: "fcm",
    async send({ token }, notice, signal) {
      const bearer = tokens.take();
      try {
        const response = await fetch(address, {
          method: "POST",
          headers: { authorization: `Bearer ${await bearer.text}`, "content-type": "application/json" },
          body: JSON.stringify({ message: messageOf(token, notice) }),
          signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]),
          redirect: "manual",
        });
        // The token was withdrawn before its time.
        if (response.status === 401) tokens.forget(bearer);
        return await judge(response);
      } catch (error) {
        return unanswered(error);
      }
    },
  };
}

function messageOf(token: string, notice: Notice) {
  const { title, body, badge, collapseKey, ttlSeconds } = notice;
  // All values of `data` are texts.
  const data = Object.fromEntries(
    Object.entries(dataOf(notice)).map(([name, value]) => [name, String(value)]),
  );
  const isSilent = notice.type === "read";
  return {
    token,
    data,
    ...(!isSilent && { notification: { title, body } }),
    android: {
      collapse_key: collapseKey,
      priority: isSilent ? "normal" : "high",
      ttl: `${ttlSeconds}s`,
      // The same tag replaces what is on the screen.
      ...(!isSilent && { notification: { tag: collapseKey, notification_count: badge } }),
    },
    apns: {
      headers: { "apns-collapse-id": collapseKey },
      payload: { aps: isSilent ? { "content-available": 1, badge } : { badge, sound: "default" } },
    },
  };
}

interface FcmError {
  readonly status?: string;
  readonly message?: string;
  readonly details?: readonly { readonly errorCode?: string }[];
}

async function judge(response: Response): Promise<Outcome> {
  const text = await response.text();
  if (response.status === 200) return { kind: "sent" };
  const { status, message = "", details = [] } = readError(text);
  const reason =
    details.find(({ errorCode }) => errorCode)?.errorCode ?? status ?? `Status${response.status}`;
  if (DEAD.has(reason) || (response.status === 400 && /registration token/i.test(message))) {
    return { kind: "dead", reason };
  }
  const afterMs = retryAfterMs(response.headers);
  if (response.status === 429) return { kind: "retry", reason, afterMs: afterMs ?? QUOTA_RETRY_MS };
  if (response.status === 401 || response.status >= 500) return { kind: "retry", reason, afterMs };
  return { kind: "refused", reason };
}

function readError(text: string): FcmError {
  try {
    return (JSON.parse(text) as { error?: FcmError }).error ?? {};
  } catch {
    return {};
  }
}
