/**
 * The texts of the API's document that belong to no single route: what it is, how to sign in, every error code.
 * @module
 */
import type { OpenAPIV3 } from "openapi-types";
import { ERRORS, type ErrorCode, PROBLEM_CODES } from "../protocol/errors.ts";

/** Raised with every change that a client could notice. */
export const API_VERSION = "1.1.0";

/** What each tag is about, in the order of the page; a route may use others, which then come last. */
export const TAGS: OpenAPIV3.TagObject[] = [
  { name: "Sign-in", description: "Sign-in with a code sent by mail; sessions and their tokens" },
  { name: "Profiles", description: "One's own profile, and what others may see of it" },
  { name: "My data", description: "Exporting one's data and deleting the account" },
  { name: "Discovery", description: "The feed of profiles, likes and dislikes" },
  { name: "Matches", description: "The list of matches, and ending one" },
  { name: "Message requests", description: "A first message to somebody, which they accept or decline" },
  { name: "Messages", description: "Sending messages and marking them as read" },
  { name: "Conversations", description: "The list of conversations and their history" },
  { name: "Sync", description: "The events since a position, for clients without a socket" },
  { name: "Media", description: "Uploading pictures, and looking at them" },
  { name: "Devices", description: "Devices that are notified while their person has no socket" },
  { name: "Blocks", description: "Keeping somebody away" },
  { name: "Reports", description: "Telling a moderator" },
  {
    name: "Appeals",
    description: "What moderation decided about oneself, and asking somebody else to look at it again",
  },
  {
    name: "Moderation",
    description: "The work of moderators and admins; every action is written to the audit log",
  },
  { name: "Config", description: "Limits, push keys and the minimum app version, without a token" },
  { name: "Health", description: "Liveness and readiness probes" },
];

export const SECURITY_SCHEMES: Record<string, OpenAPIV3.SecuritySchemeObject> = {
  bearer: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description:
      "An access token, good for one hour: from `/auth/verify-otp`, `/auth/signup` or `/auth/refresh`",
  },
  signup: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description:
      "The `temp_token` of `/auth/verify-otp` for an address without an account, good for 15 minutes",
  },
  appeal: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description:
      "The `appeal_token` of `/auth/verify-otp` for somebody who is suspended or banned, good for an hour",
  },
};

/** @returns The document's info, with every error code in its description. */
export function createInfo(audience: "apps" | "staff"): OpenAPIV3.InfoObject {
  return {
    title: audience === "apps" ? "VibesMatch messaging API" : "VibesMatch staff API",
    version: API_VERSION,
    license: { name: "MIT", identifier: "MIT" } as OpenAPIV3.LicenseObject,
    description: [
      audience === "apps"
        ? "Message requests, matches and one-to-one chat for a dating app."
        : "What moderators and admins do: reports, blocks, sanctions, look-ups, the audit log. Every call needs the " +
          "access token of a member of staff.",
      "",
      '**Envelope.** A success is `{"success": true, "data": …}`, a page of a list adds ' +
        '`"meta": {"pagination": {"cursor", "hasMore"}}`. A failure is ' +
        '`{"success": false, "error": {"code", "message", "details", "request_id"}}`, whatever happened.',
      "",
      "**Retries.** Every send and request takes an `Idempotency-Key` header (or `client_message_id` in its body): " +
        "a retry with the same key returns the original result. A 429 or 503 says in `Retry-After` when to come " +
        "back; limited routes say in `RateLimit` what is left.",
      "",
      "**Live.** The same happens over a WebSocket at `/ws`: see [its events](/docs/events), for machines " +
        "[as AsyncAPI](/docs/asyncapi.json).",
      "",
      "**Error codes.** Decide by the code, never by the message.",
      "",
      errorTable(),
      "",
      "**Bad fields.** A `VALIDATION_ERROR` names every bad field at once: `details` is a list of " +
        "`{path, code, message, limit?}`. Translate the code; `path` is such as `body.interests.3` or `query.limit` " +
        "(`data.content` in a frame of a socket). Text is counted in Unicode code points, after trimming.",
      "",
      problemTable(),
    ].join("\n"),
  };
}

function problemTable(): string {
  const rows = Object.entries(PROBLEM_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return ["| code | meaning |", "|---|---|", ...rows].join("\n");
}

function errorTable(): string {
  const rows = (Object.keys(ERRORS) as ErrorCode[]).map((code) => {
    const { status, message, retryable } = ERRORS[code];
    return `| \`${code}\` | ${status} | ${message} | ${retryable ? "yes" : "no"} |`;
  });
  return ["| code | status | meaning | retry may help |", "|---|---|---|---|", ...rows].join("\n");
}
