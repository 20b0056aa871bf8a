/**
 * `PUT` and `DELETE /devices/current`, `POST /devices/current/test`, `GET /devices`.
 * @module
 */
import { Elysia } from "elysia";
import { Envelope, errors, type Http, ok } from "../../http/mod.ts";
import type { DeviceRow } from "./device_queries.ts";
import { DeviceBody, Devices, Done, Registered, TestResult } from "./schema.ts";
import type { Push } from "./service.ts";

/** @returns The routes under `/api/v1/devices`. */
export function deviceRoutes({ http, push }: { http: Http; push: Pick<Push, "devices"> }) {
  const { devices } = push;
  return new Elysia({ name: "devices", prefix: "/api/v1/devices", tags: ["Devices"] })
    .use(http)
    .put(
      "/current",
      async ({ viewer, body }) => ok({ device: toDevice(await devices.register(viewer, body)) }),
      {
        auth: "user",
        limit: "DEFAULT",
        body: DeviceBody,
        response: { 200: Envelope(Registered), ...errors() },
        detail: {
          summary: "Register this device for notifications",
          description:
            "It belongs to the session of the access token and ends with it: by logout, a sanction, or the account's " +
            "deletion. A token that another session had moves to this one, whosever it was. Register at every start of " +
            "the app: tokens change. What is notified: new messages, requests, matches and words from moderation that " +
            "have not reached this device 5 s after they happened.",
        },
      },
    )
    .delete(
      "/current",
      async ({ viewer }) => {
        await devices.remove(viewer);
        return ok({ message: "This device is no longer notified" });
      },
      {
        auth: "user",
        limit: "DEFAULT",
        response: { 200: Envelope(Done), ...errors() },
        detail: {
          summary: "Stop notifications on this device",
          description: "Again changes nothing.",
        },
      },
    )
    .post("/current/test", async ({ viewer }) => ok(await devices.test(viewer)), {
      auth: "user",
      limit: "PUSH_TEST",
      response: { 200: Envelope(TestResult), ...errors("NOT_FOUND") },
      detail: {
        summary: "Send this device a notification",
        description: "At once, and tells what the provider said. NOT_FOUND when the session has no device.",
      },
    })
    .get(
      "",
      async ({ viewer }) => {
        const rows = await devices.list(viewer.userId);
        return ok({ devices: rows.map((row) => toListed(row, viewer.sessionId)) });
      },
      {
        auth: "user",
        limit: "DEFAULT",
        response: { 200: Envelope(Devices), ...errors() },
        detail: {
          summary: "List one's own devices",
          description: "The newest first, with the reason where the provider says that one is gone.",
        },
      },
    );
}

function toDevice({ id, provider, preview, createdAt }: DeviceRow) {
  return { id, provider, preview, created_at: createdAt.toISOString() };
}

function toListed(row: DeviceRow, sessionId: string) {
  return {
    ...toDevice(row),
    current: row.sessionId === sessionId,
    disabled_at: row.disabledAt?.toISOString() ?? null,
    disabled_reason: row.disabledReason,
  };
}
