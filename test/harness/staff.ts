/**
 * Reports and members of staff for tests of moderation.
 * @module
 */

import type { TestAnswer, TestApp, TestUser } from "./app.ts";

/** Calls of `/api/v1/admin`, by one member of staff. */
export interface StaffCalls {
  get(path: string): Promise<TestAnswer>;
  post(path: string, body?: unknown): Promise<TestAnswer>;
  remove(path: string, body?: unknown): Promise<TestAnswer>;
}

/** A member of staff with their calls. */
export type TestStaff = TestUser & StaffCalls & { readonly name: string };

/** Makes a member of staff. */
export async function createStaff(
  app: TestApp,
  { role = "moderator", name = "Mo Keller" }: { role?: "moderator" | "admin"; name?: string } = {},
): Promise<TestStaff> {
  const user = await app.createUser({ role, name });
  const call = (method: string) => (path: string, body?: unknown) =>
    app.request(method, `/api/v1/admin${path}`, { token: user.token, body });
  return { ...user, name, get: call("GET"), post: call("POST"), remove: call("DELETE") };
}

/** @returns The time so many days from now, for the end of a suspension. */
export function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString();
}

/** Files a report. @returns Its id. */
export async function fileReport(
  app: TestApp,
  {
    by,
    about,
    reason = "harassment",
    description,
  }: {
    by: TestUser;
    about: TestUser;
    reason?: string;
    description?: string;
  },
): Promise<string> {
  const answer = await app.request("POST", `/api/v1/users/${about.id}/report`, {
    token: by.token,
    body: { reason, description },
  });
  if (!answer.body.data) throw new Error(`Cannot file the report: ${JSON.stringify(answer.body)}`);
  return answer.body.data.report_id;
}

/** A report between two new people. The reporter has a name that no text may hold. */
export async function openCase(app: TestApp, reason?: string) {
  const reporter = await app.createUser({ name: "Whistle Blower" });
  const reported = await app.createUser({ name: "Rude Person" });
  const id = await fileReport(app, { by: reporter, about: reported, ...(reason && { reason }) });
  return { id, reporter, reported };
}
