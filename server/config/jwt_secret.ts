/**
 * The generated signing secret of development, kept in a file so that tokens survive a restart. Production requires
 * JWT_SECRET instead.
 * @module
 */
import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "./mod.ts";

/** A configuration that can sign tokens. */
export type SigningConfig = Config & { readonly jwtSecret: string };

/**
 * Adds the secret of `DATA_DIR/jwt_secret` to the configuration; the file is created when it is missing.
 * Two processes that start together agree on one secret.
 *
 * @throws Error when the folder cannot be used.
 */
export function ensureJwtSecret(config: Config): SigningConfig {
  if (config.jwtSecret !== null) return config as SigningConfig;
  const path = join(config.dataDir, "jwt_secret");
  const jwtSecret = readSecret(path) ?? createSecret(path, config.dataDir);
  const origins = { ...config.origins, JWT_SECRET: "file" as const };
  return { ...config, jwtSecret, origins, files: { ...config.files, JWT_SECRET: path } };
}

function readSecret(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8").trim();
    if (Buffer.byteLength(text) >= 32) return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`Cannot use the signing secret: ${path} is not readable`, { cause: error });
  }
  throw new Error(`Cannot use the signing secret: ${path} is damaged, delete it to get a new one`);
}

/** Written to a temporary file and linked into place: the file is never half written, and of two writers the first wins. */
function createSecret(path: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(draft, randomBytes(48).toString("base64url"), { mode: 0o600, flag: "wx" });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readSecret(path)!;
}
