/** `export type App` is a typed client: what compiles here is what the command line and other clients rely on. @module */
import { expect, test } from "bun:test";
import { treaty } from "@elysiajs/eden";
import type { App } from "../../server/app.ts";
import { createAppWithoutServices } from "./app_without_services.ts";

const api = treaty<App>(createAppWithoutServices(), { parseDate: false }).api.v1;

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only when the two types are the same. */
function same<_A, _B>(_: Equal<_A, _B>): void {}

test("data and the envelope of failures are typed, down to the codes", async () => {
  const { data, error } = await api.users.profile.get();
  type Profile = NonNullable<typeof data>["data"];
  same<Profile["name"], string>(true);
  same<NonNullable<typeof data>["success"], true>(true);
  if (error?.status !== 401) throw new Error("not the failure that was expected");
  const { code, request_id } = error.value.error;
  same<typeof code, "UNAUTHORIZED">(true);
  same<typeof request_id, string>(true);
  expect(code).toBe("UNAUTHORIZED");
});

test("what no route takes does not compile", async () => {
  // @ts-expect-error the address is a text
  const { error } = await api.auth["send-otp"].post({ email: 1 });
  expect(error?.value).toMatchObject({ success: false, error: { code: "VALIDATION_ERROR" } });
  // @ts-expect-error there is no such route
  expect(typeof api.nothing.here.get).toBe("function");
});
