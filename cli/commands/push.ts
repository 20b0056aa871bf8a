/**
 * `vibes push test`: sends a notification to each device of a person and shows what the provider answered. It uses the
 * keys of its configuration and works on the database directly.
 * @module
 */
import { examples } from "../help.ts";
import { CliError, EXIT } from "../output.ts";
import type { CliDeps, Program } from "../program.ts";
import { pairs } from "../text.ts";
import { withContext } from "./db_context.ts";

/** Adds `vibes push …` to the program. */
export function register(program: Program, deps: CliDeps): void {
  const { io } = deps;
  const push = program
    .command("push")
    .description("push notifications")
    .addHelpText("before", examples(io, ["push test ada@demo.vibesmatch.test"]));

  push
    .command("test")
    .description("send a test notification to every device of a user; exit with 3 when one is refused")
    .addHelpText(
      "before",
      examples(io, ["push test ada@demo.vibesmatch.test", "push test ana@example.com --json"]),
    )
    .argument("<user>", "id or e-mail address")
    .action(async (user, _, command) => {
      const globals = command.optsWithGlobals();
      const devices = await withContext(io, globals, async ({ accounts, push: { devices } }) => {
        const { id } = await accounts.find(user);
        return await devices.testAll(id);
      });
      const rows = devices.map(({ device, lacks, result, reason, isPrinted }) => ({
        id: device.id,
        provider: device.provider,
        preview: device.preview,
        result,
        reason,
        // In development the log stands in for a provider without keys.
        printed_only: isPrinted,
        not_received: lacks,
      }));
      const output = deps.output(globals);
      const failed = rows.filter(({ result }) => result !== "sent").length;
      const failure = new CliError(`${failed} of ${rows.length} notifications were not taken`, {
        code: "NOT_TAKEN",
        exitCode: EXIT.gate,
        hint: "server/features/push/README.md says what the reasons mean",
      });
      const render = () => rows.map(describe).join("\n\n") || "no devices";
      output.result({ devices: rows }, render, failed > 0 ? failure : undefined);
    });
}

interface Row {
  readonly id: string;
  readonly provider: string;
  readonly preview: string;
  readonly result: string;
  readonly reason: string | null;
  readonly printed_only: boolean;
  readonly not_received: number;
}

function describe({ id, provider, preview, result, reason, printed_only, not_received }: Row): string {
  const how = printed_only ? " (no keys: in development it is printed to the log, not sent)" : "";
  return pairs({
    device: id,
    provider: `${provider}${how}`,
    shows: { none: "nothing personal", name: "names", text: "names and texts" }[preview],
    result: reason === null ? result : `${result}: ${reason}`,
    lacks: `${not_received} events`,
  });
}
