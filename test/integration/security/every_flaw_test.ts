/** Every bad field is named in one answer, also those that only a rule beyond the schema refuses. */
import { afterAll, expect, test } from "bun:test";
import type { AppError, Problem } from "../../../server/protocol/errors.ts";
import { checkData } from "../../../server/realtime/sockets/dispatch.ts";
import { createTestApp } from "../../harness/app.ts";

const { request, createUser, close } = await createTestApp();
afterAll(close);
const admin = await createUser({ role: "admin", premium: true });
const { id } = await createUser();

const SANCTIONS = `/api/v1/admin/users/${id}/sanctions`;
const RESOLVE = `/api/v1/admin/reports/${id}/resolve`;
const MESSAGES = `/api/v1/conversations/${id}/messages`;

/** Call, body, and every field that has to be named. */
const TABLE: [call: string, body: object | undefined, fields: string[]][] = [
  ["GET /api/v1/conversations?limit=0&cursor=@@", undefined, ["query.limit", "query.cursor"]],
  ["GET /api/v1/discovery/profiles?limit=0&cursor=@@", undefined, ["query.limit", "query.cursor"]],
  [`GET ${MESSAGES}?limit=0&cursor=@@`, undefined, ["query.limit", "query.cursor"]],
  ["GET /api/v1/admin/audit?limit=0&cursor=@@", undefined, ["query.limit", "query.cursor"]],
  ["POST /api/v1/auth/verify-otp", { email: "not an address", code: "1" }, ["body.email", "body.code"]],
  [
    "PUT /api/v1/users/profile",
    { name: "VibesMatch", bio: "x".repeat(501), country: "ZZ", profile_photos: ["ftp://x"] },
    ["body.name", "body.bio", "body.country", "body.profile_photos.0"],
  ],
  [
    "POST /api/v1/messages/send",
    { receiver_id: id, content: "x", message_type: "gif", client_message_id: "" },
    ["body.message_type", "body.client_message_id"],
  ],
  [
    "POST /api/v1/messages/send",
    { receiver_id: "x", content: "words", message_type: "emoji" },
    ["body.receiver_id", "body.content"],
  ],
  [
    "POST /api/v1/messages/send",
    { receiver_id: "x", content: "words", message_type: "image" },
    ["body.receiver_id", "body.content"],
  ],
  [
    "POST /api/v1/messages/send",
    { receiver_id: "x", message_type: "emoji" },
    ["body.receiver_id", "body.content"],
  ],
  [
    "POST /api/v1/messages/request",
    { receiver_id: "x", content: "Hi", message_type: "emoji" },
    ["body.receiver_id", "body.message_type"],
  ],
  [`POST ${SANCTIONS}`, { action: "suspend", until: "later", reason: "" }, ["body.until", "body.reason"]],
  [
    `POST ${SANCTIONS}`,
    { action: "mute", until: "later", reason: "" },
    ["body.hours", "body.until", "body.reason"],
  ],
  [`POST ${SANCTIONS}`, { action: "mute", until: "later", reason: "rude" }, ["body.hours", "body.until"]],
  [`POST ${SANCTIONS}`, { action: "kick", hours: 1, reason: "" }, ["body.action", "body.reason"]],
  [
    `POST ${RESOLVE}`,
    { decision: "dismissed", action: "ban", hours: 1, reason: "" },
    ["body.action", "body.hours", "body.reason"],
  ],
];

test.each(TABLE)("%s %j", async (call, body, fields) => {
  const [method, path] = call.split(" ") as ["GET" | "POST" | "PUT", string];
  const { status, body: answer } = await request(method, path, { token: admin.token, ...(body && { body }) });
  const named = (answer.error.details as Problem[]).map(({ path }) => path);
  expect([status, named.sort()]).toEqual([400, [...fields].sort()]);
});

test("on a socket as well", () => {
  const frame = { receiver_id: "x", content: "words", message_type: "emoji" };
  const refused = (data: object) => {
    try {
      checkData("send_message", data);
      return [];
    } catch (error) {
      return ((error as AppError).details as Problem[]).map(({ path }) => path);
    }
  };
  expect(refused(frame).sort()).toEqual(["data.content", "data.receiver_id"]);
  expect(refused({ ...frame, content: "x", message_type: "gif" }).sort()).toEqual([
    "data.message_type",
    "data.receiver_id",
  ]);
});
