/**
 * `vibes openapi` and `vibes asyncapi`: print the API documents, generated from the code without a database.
 * @module
 */
import type { DocumentName } from "../../server/documents.ts";
import { examples } from "../help.ts";
import { CliError, EXIT, type OutputOptions } from "../output.ts";
import type { CliDeps, Program } from "../program.ts";

const LOCAL = "http://127.0.0.1:3000";

/** Adds both to the program. */
export function register(program: Program, deps: CliDeps): void {
  const { io } = deps;

  program
    .command("openapi")
    .description("print the REST interface as an OpenAPI document")
    .addHelpText("before", examples(io, ["openapi", "openapi --staff", "openapi > /tmp/openapi.json"]))
    .option("--staff", "the document of the moderators' routes instead of the apps'")
    .option("--url <origin>", "the server that the document names", readOrigin, LOCAL)
    .action(({ url, staff }, command) =>
      print(staff ? "staff" : "openapi", { url, globals: command.optsWithGlobals() }),
    );

  program
    .command("asyncapi")
    .description("print the events of the socket as an AsyncAPI document")
    .addHelpText(
      "before",
      examples(io, ["asyncapi", "asyncapi --url https://api.example.com > /tmp/asyncapi.json"]),
    )
    .option("--url <origin>", "the server that the document names", readOrigin, LOCAL)
    .action(({ url }, command) => print("asyncapi", { url, globals: command.optsWithGlobals() }));

  async function print(
    name: DocumentName,
    { url, globals }: { url: string; globals: OutputOptions },
  ): Promise<void> {
    const { readDocument } = await import("../../server/documents.ts");
    const document = await readDocument(name, url);
    deps.output(globals).result(document, () => JSON.stringify(document, null, 2));
  }
}

function readOrigin(text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
  throw new CliError(`Cannot use ${text} as a server: it is no origin`, {
    code: "USAGE",
    exitCode: EXIT.usage,
    hint: "give one such as https://api.example.com",
  });
}
