/** The check of answers against the API document finds each kind of wrong answer. @module */
import { expect, test } from "bun:test";
import { createAppWithoutServices } from "../contract/app_without_services.ts";
import { loadApiDocument } from "./api_document.ts";

const document = await loadApiDocument(createAppWithoutServices());
const call = { method: "PUT", path: "/api/v1/messages/0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11/read" };
const id = "0198c0de-5f1e-7a60-8d3b-0a6f8f3c2b11";
const data = { message: "Message marked as read", read_at: "2026-01-15T10:35:00.123Z" };
const error = { code: "MESSAGE_NOT_FOUND", message: "Message not found", details: [], request_id: id };

function judge(status: number, body: object, headers: Record<string, string> = {}): string {
  const usual = { "content-type": "application/json", "cache-control": "no-store", "x-request-id": id };
  const answer = { status, body, headers: new Headers({ ...usual, ...headers }) };
  return document.judge(call, answer).join("\n");
}

test("what is promised passes", () => {
  expect(judge(200, { success: true, data })).toBe("");
  expect(judge(404, { success: false, error })).toBe("");
  expect(document.judge({ method: "GET", path: "/nowhere" }, {} as never)).toEqual([]);
});

test.each([
  ["an undocumented status", 418, { success: true, data }, "418, which is not documented"],
  ["a missing key", 200, { success: true, data: { message: "" } }, "required property 'read_at'"],
  ["an undeclared key", 200, { success: true, data: { ...data, email: "a@b.c" } }, '"email"'],
  ["an undeclared key at the top", 200, { success: true, data, role: "admin" }, '"role"'],
  ["another form of time", 200, { success: true, data: { ...data, read_at: "yesterday" } }, "date-time"],
  ["a code of other routes", 404, { success: false, error: { ...error, code: "MATCH_NOT_FOUND" } }, "code"],
  ["another request id", 404, { success: false, error: { ...error, request_id: "x" } }, "request_id"],
  ["a success that is a failure", 200, { success: false, error }, "body"],
] as const)("finds %s", (_, status, body, problem) => {
  expect(judge(status, body)).toContain(problem);
});

test("finds missing headers", () => {
  const refused = { success: false, error: { ...error, code: "UNAUTHORIZED" } };
  expect(judge(401, refused)).toContain("WWW-Authenticate is missing");
  const limited = { success: false, error: { ...error, code: "RATE_LIMIT_EXCEEDED" } };
  expect(judge(429, limited)).toContain("Retry-After is missing");
  expect(judge(200, { success: true, data }, { "content-type": "text/plain" })).toContain("Content-Type");
  expect(judge(200, { success: true, data }, { "cache-control": "public" })).toContain("Cache-Control");
});

test("tells paths apart: a fixed one before one with a parameter", () => {
  expect(document.find("GET", "/api/v1/users/profile")?.name).toBe("GET /api/v1/users/profile");
  expect(document.find("GET", `/api/v1/users/${id}/profile`)?.name).toBe("GET /api/v1/users/:id/profile");
  expect(document.find("GET", "/api/v1/users/a/b/profile")).toBeUndefined();
});
