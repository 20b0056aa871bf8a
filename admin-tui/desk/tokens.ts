/**
 * Reads tokens from any form a person has (a bare token, a pair, the output of `vibes users token --json`) and stores
 * them in a file of mode 0600.
 * @module
 */
import { closeSync, fstatSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** What a session lives on. */
export interface Tokens {
  readonly access: string;
  /** Null: good until the access token runs out, and not longer. */
  readonly refresh: string | null;
}

/** Where tokens are kept between two runs. */
export interface TokenStore {
  load(): Tokens | null;
  save(tokens: Tokens | null): void;
}

/** Forgets everything with the process. */
export const noStore: TokenStore = { load: () => null, save: () => {} };

/** @returns The tokens in a text, or null when there are none. */
export function parseTokens(text: string): Tokens | null {
  const trimmed = text.trim();
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(trimmed)) return { access: trimmed, refresh: null };
  try {
    const json = JSON.parse(trimmed) as { data?: unknown };
    const { access_token, refresh_token } = (json.data ?? json) as Record<string, unknown>;
    if (typeof access_token !== "string") return null;
    return { access: access_token, refresh: typeof refresh_token === "string" ? refresh_token : null };
  } catch {
    return null;
  }
}

/** @returns When the access token runs out, ms since 1970; 0 when it does not say. */
export function expiryOf({ access }: Tokens): number {
  try {
    const [, payload = ""] = access.split(".");
    const { exp } = JSON.parse(Buffer.from(payload, "base64url").toString()) as { exp?: unknown };
    return typeof exp === "number" ? exp * 1000 : 0;
  } catch {
    return 0;
  }
}

/** A token file cannot be used. */
export class TokenFileError extends Error {
  /** For the command line: wrong usage. */
  readonly exitCode = 2;
  override readonly name = "TokenFileError";
}

/**
 * Tokens in a file of mode 0600. A refresh token works once: what comes after it is written back at once.
 *
 * @param path It need not exist yet: signing in makes it.
 */
export function fileStore(path: string): TokenStore {
  return {
    load() {
      const text = readPrivate(path);
      if (text === null || text.trim() === "") return null;
      const tokens = parseTokens(text);
      if (!tokens) throw new TokenFileError(`Cannot read the token file ${path}: there is no token in it`);
      return tokens;
    },
    save(tokens) {
      if (!tokens) return rmSync(path, { force: true });
      const { access, refresh } = tokens;
      // A new file is private from its first byte on, and the old one is whole until then.
      const draft = `${path}.${process.pid}`;
      writeFileSync(draft, `${JSON.stringify({ access_token: access, refresh_token: refresh })}\n`, {
        mode: 0o600,
      });
      renameSync(draft, path);
    },
  };
}

/** Judges the very file that it reads: it cannot be exchanged in between. */
function readPrivate(path: string): string | null {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    throw new TokenFileError(`Cannot read the token file ${path}: ${message}`);
  }
  try {
    const facts = fstatSync(file);
    if (facts.isDirectory()) throw new TokenFileError(`Cannot read the token file ${path}: it is a folder`);
    const mode = facts.mode & 0o777;
    if ((mode & 0o077) !== 0) {
      throw new TokenFileError(
        `Cannot use the token file ${path}: others may read it (mode ${mode.toString(8)}), run chmod 600`,
      );
    }
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}
