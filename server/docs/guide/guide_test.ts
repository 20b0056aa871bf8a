import { expect, test } from "bun:test";
import { createExampleApp } from "../../../test/harness/example_app.ts";
import { LIMITS } from "../../domain/limits.ts";
import { BOUNDS } from "../../protocol/bounds.ts";
import { CLOSE_CODES } from "../../protocol/close_codes.ts";
import { ERRORS } from "../../protocol/errors.ts";
import { API_VERSION } from "../info.ts";
import { docsRoutes } from "../routes.ts";
import { CHANGES } from "./words.ts";

const example = createExampleApp();
example.app.use(docsRoutes({ http: example.http, routes: () => example.app.routes }));
const response = await example.app.handle(new Request("http://127.0.0.1:4000/docs/guide"));
const page = await response.text();

test("the guide has every limit, bound, error and close code, and this server's address", () => {
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  for (const name of [...Object.keys(LIMITS), ...Object.keys(ERRORS), ...Object.keys(CLOSE_CODES)]) {
    expect(page).toContain(`<code>${name}</code>`);
  }
  for (const { fallback } of Object.values(LIMITS)) expect(page).toContain(`<td>${fallback}</td>`);
  for (const { value } of Object.values(BOUNDS)) expect(page).toContain(`<td>${value} `);
  expect(page).toContain("http://127.0.0.1:4000/api/v1");
  expect(page).not.toMatch(/example\.com[^&<]*api|<script|undefined|\[object|NaN/);
  expect(CHANGES[0]?.[0]).toBe(API_VERSION);
});
