/**
 * `vibes migrate`: the schema's changes, from hand-written files. The engine is server/db/migrate.
 * @module
 */
import { examples } from "../help.ts";
import type { CliDeps, Program } from "../program.ts";
import { registerAuthoring } from "./migrate/author.ts";
import { registerChanges } from "./migrate/change.ts";
import { registerLooks } from "./migrate/look.ts";

/** Adds `vibes migrate …` to the program. */
export function register(program: Program, deps: CliDeps): void {
  const migrate = program
    .command("migrate")
    .description("the database's schema")
    .addHelpText(
      "before",
      examples(deps.io, [
        "migrate status",
        "migrate up",
        "migrate new add_user_language",
        "migrate verify --shadow",
      ]),
    );
  registerChanges(migrate, deps);
  registerLooks(migrate, deps);
  registerAuthoring(migrate, deps);
}
