#!/usr/bin/env bun
/**
 * The entry point of `vibes`: hands the process over to the program and takes its exit code.
 * @module
 */
import { runCli } from "./run.ts";

// A reader that has gone (`| head`) is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
const { env, stdout, stderr } = process;
runCli(process.argv.slice(2), { env, stdout, stderr }).then((code) => {
  process.exitCode = code;
});
