/**
 * A headless Chromium for tests: found on PATH, one page a process, gone with the test. Without it the tests are
 * skipped loudly, and fail in CI.
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const path = Bun.which("chromium") ?? Bun.which("chromium-browser") ?? Bun.which("google-chrome");

/** Whether there is a Chromium; asked once, it complains when there is none. */
export const hasChromium: boolean = path !== null;
if (!hasChromium) {
  if (process.env.CI) throw new Error("Cannot test in a browser: chromium is not on PATH");
  console.warn("\n⚠ chromium is not on PATH: the client is NOT TESTED in a browser\n");
}

/** Where it is; empty when there is none. */
export const chromiumPath: string = path ?? "";

/** @returns What a browser of a test is started with; the address comes last. */
export function chromiumArguments(profile: string): string[] {
  return [
    "--headless",
    // Containers and root have no sandbox; the page is ours.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // A foreign host name for this machine: the development server must refuse it.
    "--host-resolver-rules=MAP elsewhere.test 127.0.0.1",
    `--user-data-dir=${profile}`,
    // Keeps the process, and with it the page, until it is ended.
    "--remote-debugging-port=0",
  ];
}

/** Opens a page; disposing ends the browser. */
export function openPage(url: string): AsyncDisposable {
  const profile = mkdtempSync(join(tmpdir(), "vibes-chromium-"));
  const child = Bun.spawn([chromiumPath, ...chromiumArguments(profile), url], {
    stdout: "ignore",
    stderr: "ignore",
  });
  return {
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
