/**
 * Browsers' subscriptions: their shape, and where one may point. The endpoint is a URL that a client chose and this
 * server calls, so only hosts that the operator allows are called, and never an address of a private network.
 * @module
 */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { createAddressMatcher } from "../../../lib/addresses.ts";

/** A browser's `PushSubscription` as JSON. */
export interface Subscription {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/** Which endpoints may be called. */
export interface EndpointRules {
  /** Host names, or `*.example.com` for every name below one. */
  readonly hosts: readonly string[];
  /** In development a server on this machine may stand for a push service. */
  readonly allowLoopback: boolean;
}

/** Not the internet: private, loopback, link-local, shared, documentation, multicast, reserved. */
const isPrivate = createAddressMatcher([
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
  "::/127",
  "64:ff9b::/96",
  "fc00::/7",
  "fe80::/10",
  "ff00::/8",
  "2001:db8::/32",
  "2002::/16",
]);

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

/**
 * Asked right before each call, since a name may come to point elsewhere.
 *
 * @returns Whether every address of the host is on the internet.
 * @throws What the resolver says when there is no such name.
 */
export async function isPublicHost(endpoint: string, { allowLoopback }: EndpointRules): Promise<boolean> {
  const { hostname } = new URL(endpoint);
  if (allowLoopback && isLoopbackName(hostname)) return true;
  const addresses = await lookup(hostname, { all: true });
  return addresses.length > 0 && addresses.every(({ address }) => !isPrivate(address));
}

function isLoopbackName(hostname: string): boolean {
  return hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
}
