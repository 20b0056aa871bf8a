/** The socket's document is valid AsyncAPI, complete, and its examples are what the server accepts and sends. */
import { describe, expect, test } from "bun:test";
import { Parser } from "@asyncapi/parser";
import { FormatRegistry, type TSchema } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import { asyncApiDocument } from "../../server/docs/asyncapi.ts";
import { CLIENT_EVENTS, DURABLE_EVENTS, SERVER_EVENTS } from "../../server/protocol/events.ts";
import { createAppWithoutServices } from "./app_without_services.ts";

if (!FormatRegistry.Has("date-time"))
  FormatRegistry.Set("date-time", (text) => !Number.isNaN(Date.parse(text)));

interface Message {
  examples: { payload: { event: string; data: unknown } }[];
  tags: { name: string }[];
  payload: { required: string[] };
}
interface Document {
  servers: { socket: Record<string, string> };
  operations: Record<string, { action: string; reply?: { messages: { $ref: string }[] } }>;
  components: { messages: Record<string, Message> };
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
    told.filter(
      ([, code]) =>
        !["asyncapi-latest-version", "asyncapi-id", "asyncapi-info-contact"].includes(String(code)),
    ),
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
    expect(components.messages[name]?.payload.required).toContain("seq");
  }
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
