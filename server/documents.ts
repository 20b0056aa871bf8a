/**
 * The documents of the two interfaces without a running server: the REST one is read from the application as a client would read it.
 * @module
 */
import { createApp } from "./app.ts";
import { loadConfig } from "./config/mod.ts";
import { createContext } from "./context/mod.ts";
import { asyncApiDocument } from "./docs/asyncapi.ts";
import { API_VERSION } from "./docs/info.ts";

/** Which interface. */
export type DocumentName = "openapi" | "asyncapi";

/** Nothing is connected and nothing is signed. */
const PLACEHOLDERS = {
  NODE_ENV: "test",
  DATABASE_URL: "postgres://127.0.0.1:1/nowhere",
  JWT_SECRET: "signs nothing: only documents are read",
};

/**
 * @param origin The server that the socket's document names, such as `https://api.example.com`.
 * @returns The document, as the server serves it.
 *
 * @example
 * ```ts
 * const document = await readDocument("openapi", "http://127.0.0.1:3000");
 * ```
 */
export async function readDocument(name: DocumentName, origin: string): Promise<Record<string, unknown>> {
  if (name === "asyncapi") return asyncApiDocument({ version: API_VERSION, url: origin });
  const context = await createContext(loadConfig(PLACEHOLDERS));
  try {
    const answer = await createApp(context).handle(new Request("http://localhost/docs/openapi.json"));
    if (!answer.ok) throw new Error(`Cannot make the document: the application answers ${answer.status}`);
    return (await answer.json()) as Record<string, unknown>;
  } finally {
    await context.close();
  }
}
