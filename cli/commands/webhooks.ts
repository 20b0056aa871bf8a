/**
 * `vibes webhooks`: tries the endpoint of WEBHOOK_URL, lists what it did not take, and delivers that again. It works on
 * the database directly; the servers deliver.
 * @module
 */
import type { Webhooks } from "../../server/features/webhooks/mod.ts";
import { examples } from "../help.ts";
import { CliError, EXIT, type Io } from "../output.ts";
import type { CliDeps, Program } from "../program.ts";
import { table } from "../text.ts";
import { type ConfigOptions, withContext } from "./db_context.ts";
import { readLimit } from "./users_options.ts";

/** Adds `vibes webhooks …` to the program. */
export function register(program: Program, deps: CliDeps): void {
  const { io } = deps;
  const webhooks = program
    .command("webhooks")
    .description("events for your own systems: try, inspect and repeat their delivery")
    .addHelpText("before", examples(io, ["webhooks test", "webhooks failed", "webhooks replay"]));

  webhooks
    .command("test")
    .description("send an event of the type test to WEBHOOK_URL; exit with 3 when it is not taken")
    .addHelpText("before", examples(io, ["webhooks test", "webhooks test --json"]))
    .action(async (_, command) => {
      const globals = command.optsWithGlobals();
      const { ok, status, error, durationMs } = await withWebhooks(io, globals, (hooks) => hooks.test());
      const failure = new CliError(`The endpoint did not take the event: ${error}`, {
        code: "NOT_TAKEN",
        exitCode: EXIT.gate,
        hint: "it must answer 2xx within 15 s, at an https address on the internet, without a redirect",
      });
      const data = { taken: ok, status, error, duration_ms: Math.round(durationMs) };
      deps
        .output(globals)
        .result(
          data,
          () => `${ok ? "taken" : "not taken"}: ${status ?? "no answer"} after ${data.duration_ms} ms`,
          ok ? undefined : failure,
        );
    });

  webhooks
    .command("failed")
    .description("list events that were given up, the oldest first, and whether the endpoint is disabled")
    .addHelpText("before", examples(io, ["webhooks failed", "webhooks failed --limit 500 --json"]))
    .option("--limit <count>", "at most so many", readLimit, 50)
    .action(async ({ limit }, command) => {
      const globals = command.optsWithGlobals();
      const { rows, disabled } = await withWebhooks(io, globals, async (hooks) => ({
        rows: await hooks.failed(limit),
        disabled: (await hooks.state()).disabled,
      }));
      const events = rows.map(({ eventId, type, attempts, failedAt, lastError }) => {
        return { id: eventId, type, attempts, failed_at: failedAt.toISOString(), last_error: lastError };
      });
      const state = disabled && { since: disabled.since.toISOString(), reason: disabled.reason };
      deps.output(globals).result({ disabled: state, events }, () => {
        const first = state ? `disabled since ${state.since}: ${state.reason}\n` : "";
        return first + (events.length === 0 ? "no event was given up" : render(events));
      });
    });

  webhooks
    .command("replay")
    .description("take a disabled endpoint into use again, and deliver every event that was given up")
    .addHelpText("before", examples(io, ["webhooks replay"]))
    .action(async (_, command) => {
      const globals = command.optsWithGlobals();
      const replayed = await withWebhooks(io, globals, (hooks) => hooks.replay());
      deps.output(globals).result({ replayed }, () => `${replayed} will be delivered again`);
    });
}

function withWebhooks<T>(
  io: Io,
  options: ConfigOptions,
  use: (webhooks: Webhooks) => Promise<T>,
): Promise<T> {
  return withContext(io, options, async ({ webhooks }) => {
    if (webhooks) return await use(webhooks);
    throw new CliError("Cannot use webhooks: WEBHOOK_URL is not set", {
      code: "NOT_CONFIGURED",
      exitCode: EXIT.usage,
      hint: "set WEBHOOK_URL and WEBHOOK_SECRET, as the servers have them",
    });
  });
}

function render(
  events: readonly {
    id: string;
    type: string;
    attempts: number;
    failed_at: string;
    last_error: string | null;
  }[],
): string {
  const cells = events.map(({ id, type, attempts, failed_at, last_error }) => {
    return [id, type, String(attempts), failed_at, last_error ?? ""];
  });
  return table(["id", "type", "attempts", "given up at", "last error"], cells);
}
