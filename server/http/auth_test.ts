import { expect, test } from "bun:test";
import { createExampleApp } from "../../test/harness/example_app.ts";
import { newId } from "../lib/ids.ts";

const { call, signIn, tokens, people, notes } = createExampleApp();

test("an anonymous caller gets 401 whatever else is wrong", async () => {
  const bad = [
    call("POST /api/v1/notes"),
    call("POST /api/v1/notes", { json: { text: 1 } }),
    call("POST /api/v1/notes", { body: "{broken", headers: { "content-type": "application/json" } }),
    call("POST /api/v1/notes", { body: "x".repeat(70_000), headers: { "content-type": "text/plain" } }),
    call("GET /api/v1/notes?limit=-1&limit=%ff"),
    call("DELETE /api/v1/notes/42"),
    call("POST /api/v1/notes/signup"),
    call("GET /api/v1/notes/admin"),
  ];
  for (const answer of await Promise.all(bad)) {
    expect(answer.json.error.code).toBe("UNAUTHORIZED");
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toStartWith("Bearer");
  }
  expect(notes).toEqual([]);
});

test("only the Bearer scheme with a good token of a live session passes", async () => {
  const { viewer, token } = await signIn();
  expect((await call("GET /api/v1/notes", { token })).status).toBe(200);
  const lower = await call("GET /api/v1/notes", { headers: { authorization: `bearer ${token}` } });
  expect(lower.status).toBe(200);
  const wrong = [
    `Basic ${token}`,
    token,
    "Bearer",
    "Bearer ",
    `Bearer ${token} ${token}`,
    `Bearer ${token}x`,
    `Bearer ${await tokens.signSignup({ email: "a@example.com" })}`,
    `Bearer ${await tokens.signAccess({ userId: viewer.userId, sessionId: newId() })}`,
    `Bearer ${await tokens.signAccess({ userId: newId(), sessionId: viewer.sessionId })}`,
  ];
  for (const authorization of wrong) {
    expect((await call("GET /api/v1/notes", { headers: { authorization } })).status).toBe(401);
  }
  people.delete(viewer.userId);
  expect((await call("GET /api/v1/notes", { token })).status).toBe(401);
});

test("roles: staff are moderators and admins, admin is admin only", async () => {
  const answers: Record<string, number[]> = {};
  for (const role of ["user", "moderator", "admin"] as const) {
    const { token } = await signIn({ role });
    const staff = await call("GET /api/v1/notes/staff", { token });
    const admin = await call("GET /api/v1/notes/admin", { token });
    answers[role] = [staff.status, admin.status];
    if (role === "user") expect(staff.json.error.code).toBe("FORBIDDEN");
  }
  expect(answers).toEqual({ user: [403, 403], moderator: [200, 403], admin: [200, 200] });
});

test("a suspended person is refused everything and told until when", async () => {
  const until = "2030-01-01T00:00:00.000Z";
  const { token } = await signIn({ suspendedUntil: until });
  const answer = await call("POST /api/v1/notes", { token, json: { text: 1 } });
  expect(answer.status).toBe(403);
  expect(answer.json.error.code).toBe("FORBIDDEN");
  expect(answer.json.error.details).toEqual({ suspended_until: until, permanent: false });
  const banned = await signIn({ suspendedUntil: "infinity" });
  const forEver = await call("GET /api/v1/notes", { token: banned.token });
  expect(forEver.json.error.details).toEqual({ suspended_until: null, permanent: true });
});

test("a sign-up token opens only what it is for", async () => {
  const token = await tokens.signSignup({ email: "a@example.com" });
  const answer = await call("POST /api/v1/notes/signup", { token });
  expect(answer.json).toEqual({ success: true, data: { email: "a@example.com" } });
  const { token: access } = await signIn();
  expect((await call("POST /api/v1/notes/signup", { token: access })).status).toBe(401);
});

test("the handler sees the viewer, and no key that the body's schema does not declare", async () => {
  const { viewer, token } = await signIn();
  const injected = { role: "admin", is_premium: true, user_id: newId(), status: "accepted", viewer: "me" };
  const answer = await call("POST /api/v1/notes", { token, json: { text: "hello", ...injected } });
  expect(answer.status).toBe(201);
  expect(notes.at(-1)).toEqual({ text: "hello", viewer: viewer.userId, key: undefined });
});
