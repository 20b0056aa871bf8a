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
}

const URL_OF_GOOGLE = "https://fcm.googleapis.com";
const SCOPE = "https://www.googleapis.com/auth/firebase.messaging";
/** A token is renewed so long before its end, ms. */
const RENEW_BEFORE_MS = 300_000;
const DEAD = new Set(["UNREGISTERED", "SENDER_ID_MISMATCH"]);

interface AccessToken {
  readonly text: string;
  readonly expiresAt: number;
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
export async function createFcmProvider({ credentials, url }: FcmOptions): Promise<Provider> {
  const { project_id, client_email, private_key, token_uri } = credentials;
  const key = await importPKCS8(private_key, "RS256");
  const address = `${url ?? URL_OF_GOOGLE}/v1/projects/${encodeURIComponent(project_id)}/messages:send`;
  let current: Promise<AccessToken> | undefined;

  async function askForToken(): Promise<AccessToken> {
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
    const { access_token, expires_in } = JSON.parse(text) as { access_token: string; expires_in: number };
    return { text: access_token, expiresAt: Date.now() + expires_in * 1_000 };
  }

  /** Many sends wait for one token. */
  async function accessToken(): Promise<string> {
    const known = await current?.catch(() => undefined);
    if (known && known.expiresAt - RENEW_BEFORE_MS > Date.now()) return known.text;
    if (current === undefined || known) {
      const asked = askForToken();
      current = asked;
      asked.catch(() => {
        if (current === asked) current = undefined;
      });
    }
    return (await current).text;
  }

  return {
    name: "fcm",
    async send({ token }, notice, signal) {
      try {
        const response = await fetch(address, {
          method: "POST",
          headers: { authorization: `Bearer ${await accessToken()}`, "content-type": "application/json" },
          body: JSON.stringify({ message: messageOf(token, notice) }),
          signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]),
          redirect: "manual",
        });
        // The token was withdrawn before its time: the next attempt asks for another one.
        if (response.status === 401) current = undefined;
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
  if (response.status === 401 || response.status === 429 || response.status >= 500) {
    return { kind: "retry", reason, afterMs: retryAfterMs(response.headers) };
  }
  return { kind: "refused", reason };
}

function readError(text: string): FcmError {
  try {
    return (JSON.parse(text) as { error?: FcmError }).error ?? {};
  } catch {
    return {};
  }
}
