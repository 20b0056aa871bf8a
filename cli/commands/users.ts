/**
 * `vibes users`: makes, shows and lists accounts, and signs operators and scripts in. It talks to the database
 * directly, through the same services as the server.
 * @module
 */
import { Option } from "@commander-js/extra-typings";
import { AppError } from "../../server/protocol/errors.ts";
import { GENDERS, ROLES } from "../../server/protocol/models.ts";
import { examples } from "../help.ts";
import { CliError, EXIT } from "../output.ts";
import type { CliDeps, Program } from "../program.ts";
import { pairs, table } from "../text.ts";
import { withContext } from "./db_context.ts";
import { describe, stateOf, toWire } from "./users_account.ts";
import { registerGrant } from "./users_grant.ts";
import { findStaff, readLimit } from "./users_options.ts";
import { registerPrivacy } from "./users_privacy.ts";

const EXAMPLES = {
  create:
    "users create --email ana@example.com --name Ana --birthdate 1995-05-15 --gender female --country DE",
  token: "users token ana@example.com --json",
  access: "users token ana@example.com --access",
  show: "users show ana@example.com",
  list: "users list --premium --limit 20",
  role: "users grant ana@example.com --role moderator",
} as const;

/** The option that fills each field, for error messages. */
const OPTION_OF: Readonly<Record<string, string>> = {
  date_of_birth: "--birthdate",
  profile_photos: "--photo",
  interests: "--interest",
  preferred_genders: "--prefers",
};

/** Adds `vibes users …` to the program. */
export function register(program: Program, deps: CliDeps): void {
  const { io } = deps;
  const users = program
    .command("users")
    .description("manage accounts")
    .addHelpText("before", examples(io, [EXAMPLES.create, EXAMPLES.token, EXAMPLES.list, EXAMPLES.role]));

  users
    .command("create")
    .description("create an account and print its tokens")
    .addHelpText(
      "before",
      examples(io, [EXAMPLES.create, `${EXAMPLES.create} --premium --role moderator --json`]),
    )
    .requiredOption("--email <address>", "unique, in upper or lower case")
    .requiredOption("--name <name>", "2 to 50 characters")
    .requiredOption("--birthdate <date>", "YYYY-MM-DD, at least 18 years ago")
    .addOption(new Option("--gender <gender>").choices(GENDERS).makeOptionMandatory())
    .requiredOption("--country <code>", "ISO 3166-1 alpha-2, such as DE")
    .option("--state <state>")
    .option("--city <city>")
    .option("--bio <text>", "at most 500 characters")
    .option("--photo <url...>", "https URLs, at most 9")
    .option("--interest <text...>", "at most 30")
    .addOption(new Option("--prefers <gender...>", "whom discovery shows; all by default").choices(GENDERS))
    .option("--premium", "premium without an expiry")
    .addOption(new Option("--role <role>").choices(ROLES).default("user" as const))
    .option("--tag <tag>", "marks the account, so that it can be found and removed again")
    .option("--by <staff>", "who grants the role and premium, by id or address: it goes into the audit log")
    .action(async (options, command) => {
      const globals = command.optsWithGlobals();
      const { email, role, premium: isPremium, tag } = options;
      const profile = {
        name: options.name,
        date_of_birth: options.birthdate,
        gender: options.gender,
        country: options.country,
        state: options.state,
        city: options.city,
        bio: options.bio,
        profile_photos: options.photo,
        interests: options.interest,
        preferred_genders: options.prefers,
      };
      const signedIn = await withContext(io, { ...globals, signs: true }, async ({ accounts, admin }) => {
        const by = await findStaff(accounts, options.by);
        return await admin.operators
          .enroll({ email, profile, role, isPremium, tag }, by?.id ?? null)
          .catch(byOption);
      });
      deps.output(globals).result(tokensOf(signedIn), pairs);
    });

  users
    .command("token")
    .description("sign a user in and print the tokens")
    .addHelpText("before", examples(io, [EXAMPLES.token, EXAMPLES.access]))
    .argument("<who>", "id or e-mail address")
    .option("--access", "print only the access token: TOKEN=$(…)")
    .option("--by <staff>", "who signs in as them, by id or address: it goes into the audit log")
    .action(async (who, { access = false, by }, command) => {
      const globals = command.optsWithGlobals();
      const output = deps.output(globals);
      const signedIn = await withContext(io, { ...globals, signs: true }, async ({ accounts, admin }) => {
        const [account, staff] = [await accounts.find(who), await findStaff(accounts, by)];
        if (stateOf(toWire(account)) === "suspended") output.warn("suspended: the server refuses its calls");
        return await admin.operators.signInAs(account.id, staff?.id ?? null);
      });
      output.result(tokensOf(signedIn), (tokens) => (access ? tokens.access_token : pairs(tokens)));
    });

  users
    .command("show")
    .description("show one account")
    .addHelpText("before", examples(io, [EXAMPLES.show]))
    .argument("<who>", "id or e-mail address")
    .action(async (who, _, command) => {
      const globals = command.optsWithGlobals();
      const account = await withContext(io, globals, ({ accounts }) => accounts.find(who));
      deps.output(globals).result(toWire(account), describe);
    });

  users
    .command("list")
    .description("list accounts, the newest first")
    .addHelpText("before", examples(io, [EXAMPLES.list, "users list --query ana --json"]))
    .option("--query <text>", "part of the name or the address")
    .addOption(new Option("--role <role>").choices(ROLES))
    .option("--premium", "only with premium")
    .option("--tag <tag>", "only with this tag")
    .option("--after <id>", "go on after this account")
    .option("--limit <count>", "at most so many, 1 to 1000", readLimit, 50)
    .action(async (options, command) => {
      const globals = command.optsWithGlobals();
      const found = await withContext(io, globals, ({ accounts }) => accounts.list(options));
      const output = deps.output(globals);
      output.result({ users: found.map(toWire) }, ({ users: rows }) =>
        table(
          ["ID", "NAME", "EMAIL", "ROLE", "PREMIUM", "STATE", "CREATED"],
          rows.map((row) => [
            row.id,
            row.name,
            row.email,
            row.role,
            row.is_premium ? "yes" : "no",
            stateOf(row),
            row.created_at.slice(0, 10),
          ]),
        ),
      );
      const last = found.at(-1);
      if (last && found.length === options.limit) output.note(`more: --after ${last.id}`);
    });

  registerGrant(users, deps);
  registerPrivacy(users, deps);
}

interface SignedIn {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly user: { readonly id: string; readonly email: string };
}

function tokensOf({ user: { id, email }, access_token, refresh_token }: SignedIn) {
  return { id, email, access_token, refresh_token };
}

/** Says what to do, and names the options instead of the body's fields. */
function byOption(error: unknown): never {
  if (error instanceof AppError && error.code === "CONFLICT") {
    const hint = "vibes users token <address> signs that person in";
    throw new CliError(error.message, { code: error.code, exitCode: EXIT.failed, hint });
  }
  if (!(error instanceof AppError) || error.code !== "VALIDATION_ERROR") throw error;
  const lines = (error.details as readonly { path: string; message: string }[]).map(({ path, message }) => {
    const [field = ""] = path.replace(/^body\./, "").split(".");
    return `${OPTION_OF[field] ?? `--${field}`} ${message}`;
  });
  throw new CliError(`Cannot make the account: ${lines.join("; ")}`, {
    code: error.code,
    exitCode: EXIT.usage,
    hint: "vibes users create --help lists what each option takes",
  });
}
