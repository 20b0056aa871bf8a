/** Files that hold secrets stay out of the repository and out of the image's build context. */
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
/** What the README, compose and the commands tell people to make. */
const SECRET = [
  ".env",
  ".env.production",
  "vibes.staging.env",
  "vibes.prod-eu.env",
  ".vibes/postgres.password",
  ".vibes/jwt.secret",
  "ops/haproxy/tls/vibesmatch.pem",
  "ops/haproxy/tls/any.name",
];

test.skipIf(!existsSync(join(ROOT, ".git")) || Bun.which("git") === null)("git ignores them", () => {
  const { stdout } = Bun.spawnSync(["git", "check-ignore", ...SECRET], { cwd: ROOT });
  expect(stdout.toString().trim().split("\n")).toEqual(SECRET);
});

test("the build context is a list of what is allowed, and none of them is on it", async () => {
  const lines = (await Bun.file(join(ROOT, ".dockerignore")).text()).trim().split("\n");
  expect(lines[0]).toBe("*");
  const allowed = lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
  expect(SECRET.filter((path) => allowed.some((a) => path === a || path.startsWith(`${a}/`)))).toEqual([]);
});
