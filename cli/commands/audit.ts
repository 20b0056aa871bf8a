/**
 * `vibes audit`: verifies the audit log of what staff and operators did. It reads the database directly and changes
 * nothing.
 * @module
 */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { examples } from "../help.ts";
import { CliError, EXIT } from "../output.ts";
import type { CliDeps, Program } from "../program.ts";
import { withContext } from "./db_context.ts";

const HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/** Adds `vibes audit …` to the program. */
export function register(program: Program, deps: CliDeps): void {
  const { io } = deps;
  const audit = program
    .command("audit")
    .description("the audit log of staff and operators")
    .addHelpText("before", examples(io, ["audit verify", `audit verify --from ${HASH}`]));

  audit
    .command("verify")
    .description(
      "verify the hash chain of the audit log; exit with 4 when an entry was changed or is missing",
    )
    .addHelpText("before", examples(io, ["audit verify", "audit verify --json"]))
    .option(
      "--from <hash>",
      "begin at the entry with this hash, which an earlier verification printed: finds a log that was rewritten as a whole",
      readHash,
    )
    .action(async ({ from }, command) => {
      const globals = command.optsWithGlobals();
      const found = await withContext(io, globals, ({ admin }) => admin.audit.verify(from));
      const broken = new CliError("The audit log is not what was written", {
        code: "AUDIT_LOG_BROKEN",
        exitCode: EXIT.drift,
        hint: "keep the database unchanged as evidence and check who had access to it",
      });
      const render = (check: typeof found) => {
        if (!check.ok) return `entry ${check.seq}: ${check.problem}`;
        const { entries, seq, hash } = check;
        return `${entries} entries verified, none changed or missing\nlast entry  ${seq}\nhash        ${hash}`;
      };
      deps.output(globals).result(found, render, found.ok ? undefined : broken);
    });
}

/** @returns A SHA-256 in lower-case hexadecimal. @throws InvalidArgumentError */
function readHash(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text))
    throw new InvalidArgumentError("Give the 64 hexadecimal digits of a hash.");
  return text.toLowerCase();
}
