import { expect, test } from "bun:test";
import { createExampleApp } from "../../test/harness/example_app.ts";
import { VERSION } from "../lib/version.ts";
import { healthRoutes } from "./health.ts";

function setUp(over: { checkDatabase?: () => Promise<unknown> } = {}) {
  const state = { draining: false, degraded: [] as string[], asked: 0 };
  const { app, http, logged } = createExampleApp({ rates: { ADDRESS: { points: 1, seconds: 60 } } });
  app.use(
    healthRoutes({
      http,
      checkDatabase: async () => {
        state.asked++;
        await over.checkDatabase?.();
      },
      isDraining: () => state.draining,
      degraded: () => state.degraded,
    }),
  );
  const get = async (path: string) => {
    const response = await app.handle(new Request(`http://localhost${path}`));
    // biome-ignore lint/suspicious/noExplicitAny: either envelope
    return { status: response.status, headers: response.headers, json: (await response.json()) as any };
  };
  return { state, get, logged };
}

test("alive and ready", async () => {
  const { get, state } = setUp();
  expect((await get("/livez")).json).toEqual({ success: true, data: { status: "alive", ...VERSION } });
  expect((await get("/readyz")).json).toEqual({ success: true, data: { status: "ready", degraded: [] } });
  state.degraded.push("redis");
  expect((await get("/readyz")).json.data).toEqual({ status: "degraded", degraded: ["redis"] });
  expect(state.asked).toBe(1);
});

test("draining is 503 at once, while still alive", async () => {
  const { get, state } = setUp();
  state.draining = true;
  const { status, headers, json } = await get("/readyz");
  expect([status, json.error.code, headers.get("retry-after")]).toEqual([503, "SERVICE_UNAVAILABLE", "2"]);
  expect((await get("/livez")).status).toBe(200);
});

test("a database that refuses or hangs is 503 within the deadline, without a word of why", async () => {
  const down = setUp({ checkDatabase: () => Promise.reject(new Error("password of postgres is wrong")) });
  const refused = await down.get("/readyz");
  expect([refused.status, refused.json.error.details]).toEqual([503, { database: false }]);
  expect(JSON.stringify(refused.json)).not.toContain("password");
  const stuck = setUp({ checkDatabase: () => new Promise(() => {}) });
  const start = performance.now();
  expect((await stuck.get("/readyz")).status).toBe(503);
  expect(performance.now() - start).toBeWithin(900, 2500);
});

test("probes leave no line in the access log", async () => {
  const { get, logged } = setUp();
  await get("/livez");
  await get("/readyz");
  await Bun.sleep(1);
  expect(logged).toEqual([]);
});
