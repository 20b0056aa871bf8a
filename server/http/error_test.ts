import { expect, test } from "bun:test";
import { createExampleApp } from "../../test/harness/example_app.ts";
import { AppError } from "../protocol/errors.ts";

const { call, signIn, logged } = createExampleApp();

/** Every failure has this shape and no other key. */
function expectFailure(answer: Awaited<ReturnType<typeof call>>, code: string) {
  expect(answer.json).toMatchObject({ success: false, error: { code } });
  expect(Object.keys(answer.json)).toEqual(["success", "error"]);
  expect(Object.keys(answer.json.error)).toEqual(["code", "message", "details", "request_id"]);
  expect(answer.headers.get("content-type")).toStartWith("application/json");
  expect(answer.headers.get("x-request-id")).toBe(answer.json.error.request_id);
}

test("an unknown route and a wrong method are NOT_FOUND", async () => {
  for (const line of ["GET /nope", "PATCH /api/v1/notes", "GET /", "POST /api/v1/notes/open/more"]) {
    const answer = await call(line);
    expect(answer.status).toBe(404);
    expectFailure(answer, "NOT_FOUND");
  }
});

test("a failure of ours reaches the client as it is", async () => {
  const answer = await call("GET /api/v1/notes/fails/conflict");
  expect(answer.status).toBe(409);
  expectFailure(answer, "CONFLICT");
  expect(answer.json.error.message).toBe("Cannot do it: it was done");
  expect(answer.json.error.details).toEqual({ status: "done" });
});

test("a crash says nothing of itself, and the log has its stack and the request's id", async () => {
  for (const how of ["crash", "text"]) {
    const answer = await call(`GET /api/v1/notes/fails/${how}`);
    expect(answer.status).toBe(500);
    expectFailure(answer, "INTERNAL_SERVER_ERROR");
    expect(answer.text).not.toMatch(/hunter2|bare text|error_test|example_app/);
    const line = logged.find(({ facts }) => facts.request_id === answer.json.error.request_id && facts.err);
    expect(line?.level).toBe("error");
  }
  const stack = logged.map(({ facts }) => (facts.err as { stack?: string } | undefined)?.stack).join();
  expect(stack).toContain("example_app.ts");
});

test("an answer that does not fit its schema is a 500 whose log line repeats no value", async () => {
  const answer = await call("GET /api/v1/notes/misfit");
  expect(answer.status).toBe(500);
  expectFailure(answer, "INTERNAL_SERVER_ERROR");
  expect(JSON.stringify(logged)).not.toContain("private words");
  expect(JSON.stringify(logged)).toContain("response.data.right");
});

test("503 and 429 say when to come back", async () => {
  const busy = await call("GET /api/v1/notes/fails/busy");
  expect([busy.status, busy.headers.get("retry-after")]).toEqual([503, "2"]);
  const likes = await call("GET /api/v1/notes/fails/likes");
  expect([likes.status, likes.headers.get("retry-after")]).toEqual([429, "2"]);
});

test("a failure of the layers below goes through mapError", async () => {
  const example = createExampleApp({
    mapError: (error) => (error instanceof Error ? new AppError("SERVICE_UNAVAILABLE") : null),
  });
  expect((await example.call("GET /api/v1/notes/fails/crash")).status).toBe(503);
  expect((await example.call("GET /api/v1/notes/fails/text")).status).toBe(500);
});

test("validation names the places and what they take, and repeats nothing", async () => {
  const { token } = await signIn();
  const answer = await call("POST /api/v1/notes", {
    token,
    json: { text: "a text of many more than twenty characters", kind: "SECRET", extra: 1 },
  });
  expect(answer.status).toBe(400);
  expectFailure(answer, "VALIDATION_ERROR");
  expect(answer.json.error.details).toEqual([
    { path: "body.text", code: "too_long", message: "must be a text of 1 to 20 characters", limit: 20 },
    { path: "body.kind", code: "unknown_value", message: 'must be "plain", or "loud"' },
  ]);
  const missing = await call("POST /api/v1/notes", { token, json: {} });
  expect(missing.json.error.details).toEqual([
    { path: "body.text", code: "required", message: "is required" },
  ]);
  const malformed = await call("DELETE /api/v1/notes/42", { token });
  expect(malformed.json.error.details).toEqual([
    { path: "params.id", code: "format", message: "must be a text: UUID" },
  ]);
});
