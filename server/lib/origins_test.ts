import { expect, test } from "bun:test";
import { allowsOrigin } from "./origins.ts";

const allowedOrigins = ["https://app.example.com"];
const LOOPBACK = [
  "http://localhost:5173",
  "https://localhost",
  "http://127.0.0.1:3001",
  "http://[::1]:80",
  "http://a.localhost:1",
];
const FOREIGN = [
  "https://evil.example",
  "http://localhost.evil.example",
  "http://127.0.0.1.evil.example",
  "null",
  "",
];

test("in production only the listed origins, loopback or not", () => {
  for (const origin of [...LOOPBACK, ...FOREIGN])
    expect([origin, allowsOrigin(origin, { allowedOrigins })]).toEqual([origin, false]);
  expect(allowsOrigin("https://app.example.com", { allowedOrigins })).toBe(true);
});

test("in development every loopback origin too, and no other", () => {
  const rules = { allowedOrigins, loopbackOrigins: true };
  for (const origin of LOOPBACK) expect([origin, allowsOrigin(origin, rules)]).toEqual([origin, true]);
  for (const origin of FOREIGN) expect([origin, allowsOrigin(origin, rules)]).toEqual([origin, false]);
});
