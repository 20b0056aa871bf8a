import { afterAll, expect, test } from "bun:test";
import { createTestApp } from "../../harness/app.ts";

const app = await createTestApp({ env: { LIMITS: "on", LIMIT_REPORT: "2/1h", LIMIT_DEFAULT: "3/1m" } });
const { request, createUser } = app;
afterAll(() => app.close());

test("reports are limited, a refused input costs nothing", async () => {
  const [ana, ben] = [await createUser(), await createUser()];
  const report = (body: unknown) =>
    request("POST", `/api/v1/users/${ben.id}/report`, { token: ana.token, body });
  for (let i = 0; i < 5; i++) expect((await report({ reason: "boring" })).status).toBe(400);
  const first = await report({ reason: "spam" });
  expect([first.status, first.headers.get("ratelimit")]).toEqual([201, expect.stringContaining("r=1")]);
  expect((await report({ reason: "spam" })).status).toBe(200);
  const third = await report({ reason: "spam" });
  expect([third.status, third.body.error.code]).toEqual([429, "RATE_LIMIT_EXCEEDED"]);
  expect(Number(third.headers.get("retry-after"))).toBeGreaterThan(0);
});

test("blocks and the moderators' routes count too, each person for themselves", async () => {
  const [ana, ben, mod] = [await createUser(), await createUser(), await createUser({ role: "moderator" })];
  const calls = [
    () => request("POST", `/api/v1/users/${ben.id}/block`, { token: ana.token }),
    () => request("GET", "/api/v1/admin/reports", { token: mod.token }),
  ];
  for (const call of calls) {
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await call()).status);
    expect(statuses.at(-1)).toBe(429);
    expect(statuses.slice(0, 3).every((status) => status < 300)).toBe(true);
  }
});
