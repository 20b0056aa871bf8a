import { expect, test } from "bun:test";
import { createExampleApp } from "../../test/harness/example_app.ts";
import { CLOSE_CODES } from "../protocol/close_codes.ts";
import { CLIENT_EVENTS, type ClientEventName, SERVER_EVENTS } from "../protocol/events.ts";
import { ACKS, answerTo } from "./event_schemas.ts";
import { docsRoutes } from "./routes.ts";

const example = createExampleApp();
example.app.use(docsRoutes({ http: example.http, routes: () => example.app.routes }));
const response = await example.app.handle(new Request("http://localhost/docs/events"));
const page = await response.text();

test("the page has every event, field and close code, and needs nothing but itself", () => {
  expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  for (const [name, { data }] of Object.entries({ ...CLIENT_EVENTS, ...SERVER_EVENTS })) {
    expect(page).toContain(`<h3 id="${name}">`);
    for (const field of Object.keys(data.properties)) expect(page).toContain(`<code>${field}</code>`);
  }
  for (const { code } of Object.values(CLOSE_CODES)) expect(page).toContain(`<code>${code}</code>`);
  expect(page).not.toMatch(/(?:src|href)="https?:|<script|undefined|\[object|NaN|`/);
});

test("the page names the ways to authenticate, and shows the answer to every client event", () => {
  for (const words of ["Authorization: Bearer", "subprotocol", `bearer.&lt;token&gt;`])
    expect(page).toContain(words);
  for (const name of Object.keys(CLIENT_EVENTS) as ClientEventName[]) {
    const section = page.slice(page.indexOf(`<h3 id="${name}">`)).split("<h3", 2)[1] ?? "";
    const shown = section.slice(section.indexOf("Its answer:"));
    expect([name, shown]).toEqual([
      name,
      expect.stringContaining(`&quot;event&quot;: &quot;${answerTo(name)}&quot;`),
    ]);
    for (const field of Object.keys(ACKS[name].properties)) expect(shown).toContain(`&quot;${field}&quot;`);
  }
});

test.each(["/docs/events", "/docs/guide"])(
  "the markup of %s is balanced, its links lead somewhere",
  async (path) => {
    const page = await (await example.app.handle(new Request(`http://localhost${path}`))).text();
    const open: string[] = [];
    for (const [, slash, name = ""] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
      if (["meta", "link"].includes(name)) continue;
      if (slash === "") open.push(name);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
    const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    for (const [, link = ""] of page.matchAll(/href="([^"]+)"/g)) {
      if (link.startsWith("#")) expect(ids.has(link.slice(1))).toBe(true);
      else {
        const [path] = link.split("#");
        expect((await example.app.handle(new Request(`http://localhost${path}`))).status).toBe(200);
      }
    }
  },
);
