import { expect, test } from "bun:test";
import { createExampleApp } from "../../test/harness/example_app.ts";
import { idempotencyKey } from "./idempotency.ts";

const { call, signIn, notes } = createExampleApp();
const { token } = await signIn();

async function send(header: string | undefined, field: unknown) {
  const headers = header === undefined ? undefined : { "idempotency-key": header };
  const answer = await call("POST /api/v1/notes", {
    token,
    headers,
    json: { text: "x", client_message_id: field },
  });
  return answer.status === 201 ? (notes.at(-1) as { key?: string }).key : answer.json.error;
}

test("the header and the field are one key", async () => {
  expect(await send(undefined, undefined)).toBeUndefined();
  expect(await send("k-1", undefined)).toBe("k-1");
  expect(await send(undefined, "k-2")).toBe("k-2");
  expect(await send("k-3", "k-3")).toBe("k-3");
});

test("both given and different is a VALIDATION_ERROR, and so is a key that is too long", async () => {
  expect((await send("k-1", "k-2")).details[0].path).toBe("headers.idempotency-key");
  const bad = [
    await send("x".repeat(65), undefined),
    await send(undefined, "x".repeat(65)),
    await send(undefined, 7),
  ];
  for (const error of bad) expect(error.code).toBe("VALIDATION_ERROR");
});

test("a header of raw bytes is refused", () => {
  const headers = { "idempotency-key": "k\u00ff" };
  expect(() => idempotencyKey({ headers, body: {} })).toThrow();
});
