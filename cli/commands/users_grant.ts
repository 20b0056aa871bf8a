/**
 * `vibes users grant`: grants or revokes a role or premium, or suspends an account. Each change is recorded in the
 * audit log.
 * @module
 */
import { Option } from "@commander-js/extra-typings";
import { ROLES } from "../../server/protocol/models.ts";
import { examples } from "../help.ts";
import type { CliDeps, Group } from "../program.ts";
import { withContext } from "./db_context.ts";
import { describe, toWire } from "./users_account.ts";
import { findStaff, readEnd, readTime, usage } from "./users_options.ts";

const EXAMPLES = [
  "users grant ana@example.com --role moderator --by mo@demo.vibesmatch.test",
  "users grant ana@example.com --premium --until 2099-12-31",
  "users grant bob@example.com --suspend 7d --reason Spam --by mo@demo.vibesmatch.test",
];

/** Adds `grant` to `vibes users`. */
export function registerGrant(users: Group, deps: CliDeps): void {
  const { io } = deps;
  users
    .command("grant")
    .description("grant or revoke a role or premium, or suspend an account; recorded in the audit log")
    .addHelpText("before", examples(io, EXAMPLES))
    .argument("<who>", "id or e-mail address")
    .addOption(new Option("--role <role>").choices(ROLES))
    .option("--premium", "grant premium")
    .option("--no-premium", "revoke premium")
    .option("--until <time>", "when premium ends, such as 2027-01-31; never by default", readTime)
    .option("--suspend <time>", "for 7d, 12h, or until a time; with --reason and --by", readEnd)
    .option("--reason <text>", "the reason, which the person sees verbatim")
    .option("--by <staff>", "who decided, by id or address: it goes into the audit log")
    .action(async (who, options, command) => {
      const { role, premium, until, suspend, reason, by } = options;
      const globals = command.optsWithGlobals();
      if (role === undefined && premium === undefined && suspend === undefined) {
        throw usage("nothing to grant: give --role, --premium or --suspend");
      }
      if (until !== undefined && premium !== true) throw usage("--until goes with --premium");
      if (suspend !== undefined && (reason === undefined || by === undefined)) {
        throw usage("--suspend goes with --reason and --by");
      }
      const account = await withContext(io, globals, async ({ accounts, admin }) => {
        const [{ id }, staff] = [await accounts.find(who), await findStaff(accounts, by)];
        if (suspend !== undefined && staff !== null) {
          const terms = { action: "suspend" as const, until: suspend.toISOString(), reason: reason ?? "" };
          await admin.sanctions.impose(staff, id, terms);
        }
        if (role === undefined && premium === undefined) return await accounts.find(id);
        return await admin.operators.grant(id, { role, premium, premiumUntil: until }, staff?.id ?? null);
      });
      deps.output(globals).result(toWire(account), describe);
    });
}
