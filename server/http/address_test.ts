import { expect, test } from "bun:test";
import { createAddressReader } from "./address.ts";

function headers(forwarded?: string, proto?: string): Headers {
  const all = new Headers();
  if (forwarded !== undefined) all.set("x-forwarded-for", forwarded);
  if (proto !== undefined) all.set("x-forwarded-proto", proto);
  return all;
}

test("without trusted proxies no header is believed", () => {
  const reader = createAddressReader([]);
  expect(reader.client("9.9.9.9", headers("1.1.1.1"))).toBe("9.9.9.9");
  expect(reader.isSecure("9.9.9.9", headers("1.1.1.1", "https"))).toBe(false);
  expect(reader.client(undefined, headers("1.1.1.1"))).toBe("");
});

const reader = createAddressReader(["10.0.0.0/8", "fd00::/8"]);

test.each([
  ["one hop", "10.0.0.1", "1.1.1.1", "1.1.1.1"],
  ["two hops of ours", "10.0.0.1", "1.1.1.1, 10.0.0.2", "1.1.1.1"],
  ["a client that made up a hop", "10.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.2", "1.1.1.1"],
  ["a peer that is no proxy", "9.9.9.9", "1.1.1.1", "9.9.9.9"],
  ["no header", "10.0.0.1", undefined, "10.0.0.1"],
  ["nonsense in the header", "10.0.0.1", "unknown, <script>", "10.0.0.1"],
  ["nonsense before a good one", "10.0.0.1", "x, 1.1.1.1", "1.1.1.1"],
  ["a port in it", "10.0.0.1", "1.1.1.1:80", "10.0.0.1"],
  ["an empty hop", "10.0.0.1", "1.1.1.1,", "10.0.0.1"],
  ["a mapped peer", "::ffff:10.0.0.1", "1.1.1.1", "1.1.1.1"],
  ["a mapped client", "10.0.0.1", "::FFFF:1.1.1.1", "1.1.1.1"],
  ["IPv6 all the way", "fd00::1", "2001:DB8::1", "2001:db8::1"],
])("%s", (_, peer, forwarded, client) => {
  expect(reader.client(peer, headers(forwarded))).toBe(client);
});

test("TLS is believed from a trusted proxy only", () => {
  expect(reader.isSecure("10.0.0.1", headers(undefined, "https"))).toBe(true);
  expect(reader.isSecure("10.0.0.1", headers(undefined, "http"))).toBe(false);
  expect(reader.isSecure("9.9.9.9", headers(undefined, "https"))).toBe(false);
});
