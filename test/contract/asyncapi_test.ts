/** The socket's document is valid AsyncAPI, complete, and its examples are what the server accepts and sends. */
import { describe, expect, test } from "bun:test";
import { Parser } from "@asyncapi/parser";
import { FormatRegistry, type TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { asyncApiDocument } from "../../server/docs/asyncapi.ts";
import { ACKS } from "../../server/docs/event_schemas.ts";
import { CLIENT_EVENTS, DURABLE_EVENTS, SERVER_EVENTS } from "../../server/protocol/events.ts";
import { createAppWithoutServices } from "./app_without_services.ts";

if (!FormatRegistry.Has("date-time"))
  FormatRegistry.Set("date-time", (text) => !Number.isNaN(Date.parse(text)));

interface Message {
  examples: { name: string; payload: { event: string; data: unknown } }[];
  tags: { name: string }[];
  title: string;
  description: string;
  payload: { $ref: string };
}
interface Document {
  servers: { socket: Record<string, string> };
  operations: Record<string, { action: string; reply?: { messages: { $ref: string }[] } }>;
  components: { messages: Record<string, Message>; schemas: Record<string, { required: string[] }> };
}
const document = asyncApiDocument({
  version: "1.0.0",
  url: "https://api.example.com",
}) as unknown as Document;
const EVENTS = { ...CLIENT_EVENTS, ...SERVER_EVENTS };

test("the parser finds nothing to complain about", async () => {
  const { document: parsed, diagnostics } = await new Parser().parse(JSON.stringify(document));
  const told = diagnostics.map(({ severity, code, message, path }) => [
    severity,
    code,
    message,
    path.join("."),
  ]);
  expect(told.filter(([severity]) => severity === 0)).toEqual([]);
  // What it recommends beyond validity.
  expect(
    told.filter(([, code]) => !["asyncapi-latest-version", "asyncapi-id"].includes(String(code))),
  ).toEqual([]);
  expect(parsed?.allMessages().length).toBe(Object.keys(EVENTS).length);
});

test("every event is there, with its direction, and durable ones with a position", () => {
  const { operations, components } = document;
  expect(Object.keys(components.messages).sort()).toEqual(Object.keys(EVENTS).sort());
  for (const name of Object.keys(CLIENT_EVENTS)) {
    expect(operations[`receive_${name}`]?.action).toBe("receive");
    expect(operations[`receive_${name}`]?.reply?.messages.length).toBe(2);
  }
  for (const name of Object.keys(DURABLE_EVENTS)) {
    expect(operations[`send_${name}`]?.action).toBe("send");
    const schema = components.messages[name]!.payload.$ref.split("/").at(-1)!;
    expect(components.schemas[schema]?.required).toContain("seq");
  }
});

test("messages and their payloads have names and descriptions", () => {
  for (const [name, { title, description, payload }] of Object.entries(document.components.messages)) {
    expect([name, title.length > 0, description.length > 0]).toEqual([name, true, true]);
    expect(payload.$ref).toMatch(/^#\/components\/schemas\/[A-Z]\w+Event$/);
  }
  expect(JSON.stringify(document)).not.toMatch(/"\$id"|"\$comment"/);
});

test("every client event's answer is shown, as the server's own schemas have it", () => {
  const shown = new Map(document.components.messages.ack!.examples.map((one) => [one.name, one.payload]));
  const { authenticate: _, ...acked } = ACKS;
  expect([...shown.keys()].sort()).toEqual(Object.keys(acked).sort());
  for (const [name, schema] of Object.entries(acked))
    expect([name, ...Value.Errors(schema, shown.get(name)!.data)]).toEqual([name]);
});

describe("examples", () => {
  test.each(Object.entries(EVENTS))("%s", (name, { data }) => {
    const { examples } = document.components.messages[name]!;
    for (const { payload } of examples) {
      expect(payload.event).toBe(name);
      expect([...Value.Errors(data as TSchema, payload.data)]).toEqual([]);
    }
  });
});

test("it is served under the address that was asked", async () => {
  const response = await createAppWithoutServices().handle(
    new Request("http://127.0.0.1:3000/docs/asyncapi.json"),
  );
  const served = (await response.json()) as Document;
  expect([response.status, response.headers.get("content-type")]).toEqual([
    200,
    expect.stringContaining("application/json"),
  ]);
  expect(served.servers.socket).toMatchObject({ host: "127.0.0.1:3000", pathname: "/ws", protocol: "ws" });
  expect(document.servers.socket).toMatchObject({ host: "api.example.com", protocol: "wss" });
});
