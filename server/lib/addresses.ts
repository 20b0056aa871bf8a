/**
 * Network addresses: ranges in CIDR form, and the key under which an address is counted. It parses no header.
 * @module
 */
import { BlockList, isIP } from "node:net";

interface Range {
  readonly address: string;
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}

/** @returns The range written as `10.0.0.0/8`, `fd00::/8` or a single address; undefined for anything else. */
export function parseCidr(text: string): Range | undefined {
  const [address = "", bits, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || address.includes("%")) return undefined;
  const width = version === 4 ? 32 : 128;
  if (bits !== undefined && !/^(0|[1-9]\d{0,2})$/.test(bits)) return undefined;
  const prefix = bits === undefined ? width : Number(bits);
  return prefix <= width ? { address, prefix, family: version === 4 ? "ipv4" : "ipv6" } : undefined;
}

/**
 * Compiles ranges into a test of one address. An IPv4 address mapped into IPv6 (`::ffff:10.0.0.1`) counts as
 * the IPv4 address it is.
 */
export function createAddressMatcher(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const text of ranges) {
    const range = parseCidr(text);
    if (!range) throw new TypeError(`Cannot match addresses: ${JSON.stringify(text)} is not a CIDR range`);
    list.addSubnet(range.address, range.prefix, range.family);
  }
  return (address) => {
    const plain = address.toLowerCase().startsWith("::ffff:") ? address.slice(7) : address;
    const target = isIP(plain) === 4 ? plain : address;
    const version = isIP(target);
    return version !== 0 && list.check(target, version === 4 ? "ipv4" : "ipv6");
  };
}

/** @returns What one customer of a provider usually owns: an IPv4 address, or the first 64 bits of an IPv6 one. */
export function addressKey(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = address.split("%", 1)[0]!.split("::");
  const groups = head === "" ? [] : head.split(":");
  const rest = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  const full = [...groups, ...Array<string>(missing).fill("0"), ...rest];
  return `${full
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
