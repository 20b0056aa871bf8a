/**
 * Browsers' subscriptions: their shape, and where one may point. The endpoint is a URL that a client chose and this
 * server calls, so only hosts that the operator allows are called, and never an address of a private network.
 * @module
 */
import { isIP } from "node:net";
import { isLoopbackName, type PublicRules } from "../../../lib/public_hosts.ts";

/** A browser's `PushSubscription` as JSON. */
export interface Subscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/** Which endpoints may be called. */
export interface EndpointRules extends PublicRules {
  /** Host names, or `*.example.com` for every name below one. */
  readonly hosts: readonly string[];
}

/** @returns The subscription, or undefined when the text is none. */
export function readSubscription(text: string): Subscription | undefined {
  try {
    const { endpoint, keys } = JSON.parse(text) as Partial<Subscription>;
    if (typeof endpoint !== "string" || endpoint.length > 2_048) return undefined;
    const { p256dh, auth } = keys ?? {};
    if (typeof p256dh !== "string" || typeof auth !== "string") return undefined;
    // An uncompressed point of P-256, and 16 random bytes.
    const point = Buffer.from(p256dh, "base64url");
    if (point.length !== 65 || point[0] !== 4 || Buffer.from(auth, "base64url").length !== 16)
      return undefined;
    return { endpoint, keys: { p256dh, auth } };
  } catch {
    return undefined;
  }
}

/** @returns Whether the endpoint may be stored: judged by its text alone. */
export function isAllowedEndpoint(endpoint: string, { hosts, allowLoopback }: EndpointRules): boolean {
  const url = URL.parse(endpoint);
  if (url?.username !== "" || url.password !== "") return false;
  if (allowLoopback && isLoopbackName(url.hostname)) return /^https?:$/.test(url.protocol);
  if (url.protocol !== "https:" || url.port !== "") return false;
  if (isIP(url.hostname.replace(/^\[|\]$/g, "")) !== 0) return false;
  return hosts.some((host) =>
    host.startsWith("*.") ? url.hostname.endsWith(host.slice(1)) : url.hostname === host,
  );
}
