/**
 * `vibes users export` and `vibes users delete`: a person's rights over their data, for those who cannot sign in.
 * Both are entries of the audit log.
 * @module
 */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { requireName } from "../confirm.ts";
import { examples } from "../help.ts";
import { CliError, EXIT } from "../output.ts";
import type { CliDeps, Group } from "../program.ts";
import { withContext } from "./db_context.ts";
import { findStaff } from "./users_options.ts";

const BY = ["--by <staff>", "who decided, by id or address: it goes into the audit log"] as const;

/** Adds `export` and `delete` to `vibes users`. */
export function registerPrivacy(users: Group, deps: CliDeps): void {
  const { io } = deps;
  users
    .command("export")
    .description(
      "export everything stored about a user, as their own export has it; recorded in the audit log",
    )
    .addHelpText(
      "before",
      examples(io, [
        "users export ana@example.com --out ana.json --by mo@demo.vibesmatch.test",
        "users export ana@example.com",
      ]),
    )
    .argument("<who>", "id or e-mail address")
    .option("--out <file>", "a new file, readable for you alone; without it, standard output")
    .option(...BY)
    .action(async (who, { out, by }, command) => {
      const globals = command.optsWithGlobals();
      const output = deps.output(globals);
      await withContext(io, globals, async ({ accounts, admin }) => {
        const [{ id }, staff] = [await accounts.find(who), await findStaff(accounts, by)];
        const file = out === undefined ? undefined : await createFile(out);
        try {
          const text = await admin.operators.exportOf(id, staff?.id ?? null);
          if (file === undefined) {
            const { data } = await new Response(text).json();
            return output.result(data, (all) => JSON.stringify(all, null, 2));
          }
          for await (const chunk of text) if (!file.write(chunk)) await once(file, "drain");
          file.end();
          await once(file, "close");
        } catch (error) {
          file?.destroy();
          // Half an export looks like a whole one.
          if (out !== undefined && file) await rm(out, { force: true });
          throw error;
        }
        output.result({ id, file: out, bytes: file.bytesWritten }, ({ bytes }) => `${bytes} bytes in ${out}`);
      });
    });

  users
    .command("delete")
    .description("delete an account permanently, as its owner could; recorded in the audit log")
    .addHelpText(
      "before",
      examples(io, [
        "users delete ana@example.com --by mo@demo.vibesmatch.test",
        "users delete ana@example.com --confirm=ana@example.com",
      ]),
    )
    .argument("<who>", "id or e-mail address")
    .option("--confirm <address>", "their e-mail address, instead of typing it")
    .option(...BY)
    .action(async (who, { confirm, by }, command) => {
      const globals = command.optsWithGlobals();
      const deleted = await withContext(io, globals, async ({ accounts, admin }) => {
        const [account, staff] = [await accounts.find(who), await findStaff(accounts, by)];
        await requireName(io, { ...globals, action: "delete the account of", name: account.email, confirm });
        await admin.operators.remove(account, staff?.id ?? null);
        return account;
      });
      deps
        .output(globals)
        .result({ id: deleted.id, deleted: true }, ({ id }) =>
          [
            `Deleted ${id}: signed out everywhere, profile emptied, conversations closed`,
            "What is left for a term (reports' evidence) goes with the server's retention job",
          ].join("\n"),
        );
    });
}

/** @throws CliError when there is one already, or it cannot be made. */
async function createFile(path: string) {
  const file = createWriteStream(path, { flags: "wx", mode: 0o600 });
  try {
    await once(file, "open");
    return file;
  } catch (error) {
    const { code = "unwritable" } = error as NodeJS.ErrnoException;
    throw new CliError(`Cannot write the export: ${path} (${code})`, {
      code: "FILE",
      exitCode: EXIT.usage,
      hint: "name a file that does not exist yet, in a folder that you may write to",
    });
  }
}
