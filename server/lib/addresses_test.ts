/** CIDR ranges: what parses, what matches. The keys under which addresses are counted. @module */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { addressKey, createAddressMatcher, parseCidr } from "./addresses.ts";

test("a range holds its own address, and /0 holds every address", () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, prefix) => {
      expect(createAddressMatcher([`${address}/${prefix}`])(address)).toBe(true);
      expect(createAddressMatcher(["0.0.0.0/0"])(address)).toBe(true);
      expect(createAddressMatcher([`${address}/${prefix}`])(`::ffff:${address}`)).toBe(true);
    }),
  );
});

test("what is outside a range does not match", () => {
  const isTrusted = createAddressMatcher(["10.0.0.0/8", "fd00::/8", "127.0.0.1"]);
  const outside = [
    "11.0.0.1",
    "127.0.0.2",
    "fe80::1",
    "::ffff:11.0.0.1",
    "",
    "nonsense",
    "10.0.0.1, 1.2.3.4",
  ];
  expect(outside.filter(isTrusted)).toEqual([]);
  expect(["10.255.0.1", "fdab::9", "::ffff:127.0.0.1", "::FFFF:10.1.1.1"].every(isTrusted)).toBe(true);
});

test.each([
  "",
  "10.0.0.0/33",
  "10.0.0/8",
  "10.0.0.0/",
  "10.0.0.0/8/8",
  "::/129",
  "a/8",
  "10.0.0.0/-1",
  "fe80::1%eth0",
])("%p is not a range", (text) => {
  expect(parseCidr(text)).toBeUndefined();
  expect(() => createAddressMatcher([text])).toThrow("is not a CIDR range");
});

test.each([
  ["1.2.3.4", "1.2.3.4"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0db8:0001:0002::9", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ["1:2:3:4:5:6:7::", "1:2:3:4::/64"],
  ["1::4.5.6.7", "1:0:0:0::/64"],
  ["", ""],
])("the key of %s is %s", (address, key) => expect(addressKey(address)).toBe(key));
