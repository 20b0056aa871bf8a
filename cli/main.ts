#!/usr/bin/env bun
/**
 * The entry point of `vibes`: hands the process over to the program and takes its exit code.
 * @module
 */
import { invocationOf } from "./invocation.ts";
import { runCli } from "./run.ts";

// A reader that has gone (`| head`) is no failure of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
const { argv, env, stdout, stderr } = process;
const invocation = invocationOf({ script: argv[1] ?? "", cwd: process.cwd(), path: env.PATH ?? "" });
runCli(argv.slice(2), { env, stdout, stderr, signals: process, invocation }).then((code) => {
  process.exitCode = code;
});
