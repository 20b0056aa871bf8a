/**
 * The client's network address: the socket's, or the one that trusted proxies put into X-Forwarded-For.
 * @module
 */
import { isIP } from "node:net";
import { createAddressMatcher } from "../lib/addresses.ts";

/** Finds the client behind a request. */
export interface AddressReader {
  /** @returns The client's address, or an empty text when the socket has none. */
  client(peer: string | undefined, headers: Headers): string;
  /** @returns Whether the client uses TLS to a trusted proxy. */
  isSecure(peer: string | undefined, headers: Headers): boolean;
}

/** @param trustedProxies CIDR ranges; empty: forwarded headers are ignored. */
export function createAddressReader(trustedProxies: readonly string[]): AddressReader {
  const isTrusted = trustedProxies.length > 0 ? createAddressMatcher(trustedProxies) : () => false;
  return {
    client(peer, headers) {
      if (!peer) return "";
      let client = plain(peer);
      // Each proxy appends the address it saw, so the list is read from its end for as long as the proxies are trusted.
      const hops = headers.get("x-forwarded-for")?.split(",").reverse() ?? [];
      for (const hop of hops) {
        const address = plain(hop.trim());
        if (!isTrusted(client) || isIP(address) === 0) break;
        client = address;
      }
      return client;
    },
    isSecure: (peer, headers) =>
      peer !== undefined && isTrusted(plain(peer)) && headers.get("x-forwarded-proto") === "https",
  };
}

/** @returns The address in its plain form: IPv4 mapped into IPv6 is IPv4. */
function plain(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? address.toLowerCase();
}
