/** Sealed values: round trips, and nothing else opens. @module */
import { expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { sealJson, unsealJson } from "./sealed_json.ts";

const key = new Uint8Array(randomBytes(32));

test("a value comes back as it was, and looks different each time", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (value, context) => {
      const [one, other] = [sealJson(key, context, value), sealJson(key, context, value)];
      expect(unsealJson(key, context, one)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(one).not.toEqual(other);
    }),
  );
});

test("another key, another context, any changed, missing or added byte: it does not open", () => {
  const sealed = sealJson(key, "context", { id: 1 });
  expect(() => unsealJson(new Uint8Array(randomBytes(32)), "context", sealed)).toThrow();
  expect(() => unsealJson(key, "contex", sealed)).toThrow();
  for (let at = 0; at < sealed.length; at++) {
    const changed = sealed.with(at, sealed[at]! ^ 1);
    expect(() => unsealJson(key, "context", changed)).toThrow();
    expect(() => unsealJson(key, "context", sealed.subarray(0, at))).toThrow();
  }
  expect(() => unsealJson(key, "context", new Uint8Array([...sealed, 0]))).toThrow();
});
