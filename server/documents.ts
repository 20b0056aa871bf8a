/**
 * The documents of the two interfaces without a running server.
 * @module
 */
import { createApp } from "./app.ts";
import { loadConfig } from "./config/mod.ts";
import { createContext } from "./context/mod.ts";
import { asyncApiDocument } from "./docs/asyncapi.ts";
import { API_VERSION } from "./docs/info.ts";
import { createOpenApi, locate } from "./docs/openapi.ts";

/** Which interface. */
export type DocumentName = "openapi" | "staff" | "asyncapi";

/** Nothing is connected and nothing is signed. */
const PLACEHOLDERS = {
  NODE_ENV: "test",
  DATABASE_URL: "postgres://127.0.0.1:1/nowhere",
  JWT_SECRET: "signs nothing: only documents are read",
};

/**
 * @param origin The server that the document names, such as `https://api.example.com`.
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
    const document = await createOpenApi(createApp(context).routes, name === "staff" ? "staff" : "apps");
    return locate(document, origin);
  } finally {
    await context.close();
  }
}
