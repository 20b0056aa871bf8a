/** The typed client out of the application's type: what compiles here is what clients may rely on. */
import { expect, test } from "bun:test";
import { treaty } from "@elysiajs/eden";
import { createExampleApp } from "../../test/harness/example_app.ts";

const { app, signIn } = createExampleApp();
const api = treaty<typeof app>(app, { parseDate: false }).api.v1;
const { token } = await signIn();
const mine = treaty<typeof app>(app, { parseDate: false, headers: { authorization: `Bearer ${token}` } }).api
  .v1;

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only when the two types are the same. */
function same<_A, _B>(_: Equal<_A, _B>): void {}

test("data has the type of the route's schema", async () => {
  const { data, error } = await mine.notes.post({ text: "hello" });
  expect(error).toBeNull();
  expect(data?.data.text).toBe("hello");
  const author = data!.data.author;
  same<typeof author, { name: string } | null>(true);
  const list = await mine.notes.get({ query: { limit: 3 } });
  expect(list.data?.data.notes[0]?.text).toBe("3");
  const meta = list.data!.meta.pagination;
  same<typeof meta, { cursor: string | null; hasMore: boolean }>(true);
});

test("a failure has the type of its status, down to the codes", async () => {
  const { error } = await api.notes.post({ text: "hello" });
  expect(error?.status as number).toBe(401);
  if (error?.status !== 401) throw new Error("not the failure that was expected");
  const { code } = error.value.error;
  same<typeof code, "UNAUTHORIZED">(true);
  expect(code).toBe("UNAUTHORIZED");
  expect(error.value.success).toBe(false);
});

test("what the schema refuses does not compile", async () => {
  // @ts-expect-error a text is required
  const missing = await mine.notes.post({});
  expect(missing.status).toBe(400);
  // @ts-expect-error a kind outside the union
  const wrong = await mine.notes.post({ text: "x", kind: "odd" });
  expect(wrong.error?.status as number).toBe(400);
  // @ts-expect-error there is no such route
  expect(typeof api.nothing.here.get).toBe("function");
});
