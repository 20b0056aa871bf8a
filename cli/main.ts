#!/usr/bin/env bun
/**
 * The entry point of `vibes`: passes the process's arguments to the program and sets its exit code.
 * @module
 */
import { invocationOf } from "./invocation.ts";
import type { Io } from "./output.ts";
import { runCli } from "./run.ts";

// A reader that has gone (`| head`) is no failure of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
const { argv, env, stdout, stderr } = process;
const called = { script: argv[1] ?? "", path: env.PATH ?? "" };
const io: Io = {
  env,
  stdout,
  stderr,
  signals: process,
  invocation: invocationOf({ ...called, cwd: process.cwd() }),
  invocationAnywhere: invocationOf(called),
  // Only asked for: touching it would keep the process waiting for input.
  get stdin() {
    return process.stdin;
  },
};
runCli(argv.slice(2), io).then((code) => {
  process.exitCode = code;
  // Whoever pressed Ctrl-C has waited long enough for connections that do not come about.
  if (code >= 128) setTimeout(() => process.exit(code), 100).unref();
});
