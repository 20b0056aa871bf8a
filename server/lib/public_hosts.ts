/**
 * Whether a URL that this server is to call leads to the internet: for addresses that somebody else chose, so that
 * nobody makes the server call into its own network.
 * @module
 */
import { lookup } from "node:dns/promises";
import { createAddressMatcher } from "./addresses.ts";

/** Which targets are allowed beside the internet. */
export interface PublicRules {
  /** In development a server on this machine may stand for the other one. */
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

/**
 * Asked right before each call, since a name may come to point elsewhere.
 *
 * @returns Whether every address of the host is on the internet.
 * @throws What the resolver says when there is no such name.
 */
export async function isPublicHost(url: string, { allowLoopback }: PublicRules): Promise<boolean> {
  const hostname = new URL(url).hostname.replace(/^\[|\]$/g, "");
  if (allowLoopback && isLoopbackName(hostname)) return true;
  const addresses = await lookup(hostname, { all: true });
  return addresses.length > 0 && addresses.every(({ address }) => !isPrivate(address));
}

/** @param hostname Of a URL; IPv6 with or without brackets. */
export function isLoopbackName(hostname: string): boolean {
  return ["localhost", "127.0.0.1", "::1", "[::1]"].includes(hostname);
}
