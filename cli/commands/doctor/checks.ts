/**
 * Judges what examine.ts found, one function per check of `vibes doctor`. Pure.
 * @module
 */
import type { Config, ConfigProblem } from "../../../server/config/mod.ts";
import type { Histories } from "../../../server/db/history.ts";
import type { MigrationState } from "../../../server/db/migrate/mod.ts";

/** What a check says. A warning is for whoever runs a server for others; it fails nothing. */
export interface Finding {
  readonly status: "ok" | "warn" | "fail" | "skip";
  readonly detail: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** A finding with its name. */
export interface Check extends Finding {
  readonly name: string;
}

/** The one this was built and measured on. */
const BUN = "1.4.5";
/** Older ones lack what the schema uses. */
const POSTGRES_MIN = 15;
/** `spublish` and friends. */
const REDIS_MIN = 7;
/** Tokens forgive so much. */
const CLOCK_LEEWAY_MS = 30_000;
const FILES_MIN = 1_024;
/** The 8,000 sockets a process is tested with, and room. */
const FILES_GOOD = 10_240;
const DISK_MIN = 512 * 2 ** 20;

/** @returns Nothing to do. */
export const ok = (detail: string): Finding => ({ status: "ok", detail });
/** @returns Something that keeps no server from working, and what to do. */
export const warn = (detail: string, hint: string): Finding => ({ status: "warn", detail, hint });
/** @returns Something that keeps a server from working, and what to do. */
export const fail = (detail: string, hint: string): Finding => ({ status: "fail", detail, hint });

/** @returns Not looked at, because of something else. */
export const skip = (detail: string): Finding => ({ status: "skip", detail });

export function checkBun(version: string): Finding {
  const [have, want] = [version, BUN].map((text) => text.split(".").map(Number)) as [number[], number[]];
  const isOlder = have[0] !== want[0] ? have[0]! < want[0]! : have[1]! < want[1]!;
  if (isOlder) return fail(`Bun ${version}`, `install ${BUN}: bun upgrade, or npx --yes bun@${BUN}`);
  return version === BUN ? ok(`Bun ${version}`) : warn(`Bun ${version}`, `tested with ${BUN}`);
}

/** What a server for others should not do without. */
export function checkConfig({ production, limitsEnabled, smtpUrl, origins, mode }: Config): Finding {
  if (production && smtpUrl === null) {
    return fail("production without SMTP_URL: nobody can sign in", "set SMTP_URL, codes are sent by mail");
  }
  if (!limitsEnabled) return warn("LIMITS=off: nothing is limited", "fine for load tests, for nothing else");
  const given = Object.values(origins).filter((origin) => origin !== "default").length;
  return ok(`${mode}, ${given} keys given; \`vibes config show --origin\` lists them`);
}

/** What a database says of itself. */
export interface DatabaseFacts {
  /** `server_version_num`: 180004. */
  readonly version: number;
  readonly encoding: string;
  readonly fsync: boolean;
  readonly maxConnections: number;
  readonly latencyMs: number;
}

export function checkDatabase(facts: DatabaseFacts, pool: number): Finding {
  const { version, encoding, fsync, maxConnections, latencyMs } = facts;
  const major = Math.floor(version / 10_000);
  const said = `PostgreSQL ${major}.${version % 10_000}, answers in ${latencyMs.toFixed(1)} ms`;
  if (major < POSTGRES_MIN) return fail(said, `needs ${POSTGRES_MIN} or newer`);
  if (encoding !== "UTF8")
    return fail(`${said}, encoding ${encoding}`, "make the database with encoding UTF8");
  // The writer has two connections of its own.
  if (pool + 2 > maxConnections) {
    return fail(
      `${said}, max_connections ${maxConnections}`,
      `lower DATABASE_POOL (${pool}) or raise max_connections`,
    );
  }
  if (!fsync)
    return warn(`${said}, fsync off`, "a crash of the machine loses what was acknowledged: turn it on");
  return ok(said);
}

/** What a database says of its standbys and its archive. */
export interface ReplicationFacts {
  /** A standby, which takes no writes. */
  readonly inRecovery: boolean;
  readonly standbys: number;
  /** Those of them whose answer a commit waits for. */
  readonly synchronous: number;
  /** How far the slowest standby is behind, seconds; null: none, or not told. */
  readonly lagSeconds: number | null;
  readonly archiving: boolean;
  /** Whether the newest attempt to archive failed. */
  readonly archiveFails: boolean;
}

const LAG_MAX_S = 10;

export function checkReplication(facts: ReplicationFacts): Finding {
  const { inRecovery, standbys, synchronous, lagSeconds, archiving, archiveFails } = facts;
  if (inRecovery) return fail("a standby: it takes no writes", "name the primary in DATABASE_URL");
  const lag = lagSeconds === null ? "" : `, ${lagSeconds.toFixed(1)} s behind`;
  const said = `${standbys} standbys (${synchronous} synchronous)${lag}, WAL archive ${archiving ? "on" : "off"}`;
  if (archiveFails) {
    return fail(
      `${said}, the newest attempt to archive failed`,
      "see archive_command and PostgreSQL's log: its disk fills up",
    );
  }
  if ((lagSeconds ?? 0) > LAG_MAX_S) {
    return warn(said, "a failover now would lose what the standby has not received");
  }
  return ok(said);
}

/** Whom the server is, to the database. */
export interface RoleFacts {
  readonly role: string;
  /** It may change the schema and the audit log: it owns tables, is a member of who does, or a superuser. */
  readonly owns: boolean;
}

/** A server that is taken over should not be able to change the schema or the audit log. */
export function checkRole({ role, owns }: RoleFacts, production: boolean): Finding {
  if (!owns) return ok(`${role} owns nothing`);
  const detail = `${role} owns the tables`;
  return production
    ? warn(detail, "give the server a role of its own: sql/README.md, two roles")
    : ok(detail);
}

export function checkMigrations(
  states: readonly MigrationState[],
  invalidIndexes: readonly string[],
): Finding {
  const of = (...wanted: MigrationState["state"][]) =>
    states.filter(({ state }) => wanted.includes(state)).map(({ file }) => file);
  const drifted = of("changed", "missing");
  if (drifted.length > 0) {
    return fail(`changed after it was applied: ${drifted.join(", ")}`, "`vibes migrate verify` says more");
  }
  const pending = of("pending");
  if (pending.length > 0) return fail(`pending: ${pending.join(", ")}`, "run `vibes migrate up`");
  if (invalidIndexes.length > 0) {
    return fail(
      `INVALID indexes: ${invalidIndexes.join(", ")}`,
      "drop them and build them again, concurrently",
    );
  }
  return ok(`${states.length} applied`);
}

/** Of a history that nobody declared events may be gone, and their positions given to others. */
export function checkHistory({ now, declared }: Histories): Finding {
  if (now === null) return skip("a standby: the primary's is checked");
  if (declared === null) {
    const hint =
      "as a superuser: grant set on parameter vibes.history to <the tables' owner>; then `vibes migrate up`";
    return warn("not declared: a restore would go unnoticed", hint);
  }
  if (now === declared) return ok("the one that was declared");
  return fail(
    `another system identifier or timeline (${now}) than was declared (${declared}): a restore or a failover`,
    "run `vibes db restored`: clients load their lists anew, once",
  );
}

/** @param skewMs How far our clock is ahead of the database's. */
export function checkClock(skewMs: number): Finding {
  const ahead = `${Math.abs(Math.round(skewMs))} ms ${skewMs >= 0 ? "ahead of" : "behind"} the database`;
  if (Math.abs(skewMs) > CLOCK_LEEWAY_MS) {
    return fail(
      ahead,
      "set the clocks by NTP: tokens are judged by this one, rows are dated by the database's",
    );
  }
  return Math.abs(skewMs) > 2_000 ? warn(ahead, "set the clocks by NTP") : ok(ahead);
}

export function checkRedis(versions: readonly string[], production: boolean): Finding {
  if (versions.length === 0) {
    const detail = "none: this process is alone";
    return production ? warn(detail, "set REDIS_URL when there is more than one process") : ok(detail);
  }
  const old = versions.filter((version) => Number(version.split(".")[0]) < REDIS_MIN);
  const said = `Redis ${[...new Set(versions)].join(", ")}`;
  return old.length > 0 ? fail(said, `needs ${REDIS_MIN} or newer`) : ok(said);
}

/** @param limit Files that one process may open; null: no limit. */
export function checkFiles(limit: number | null): Finding {
  if (limit === null || limit >= FILES_GOOD) return ok(limit === null ? "unlimited" : String(limit));
  const hint = `each socket is one: ulimit -n ${FILES_GOOD}`;
  return limit < FILES_MIN ? fail(String(limit), hint) : warn(String(limit), hint);
}

/** What was found of the folder for data and secrets. */
export interface FolderFacts {
  readonly path: string;
  readonly writable: boolean;
  readonly freeBytes: number;
  /** Mode of the signing secret in it, or null when there is none. */
  readonly secretMode: number | null;
}

export function checkFolder({ path, writable, freeBytes, secretMode }: FolderFacts): Finding {
  if (!writable)
    return fail(`${path} cannot be written`, "name another folder in DATA_DIR, or give us this one");
  if (secretMode !== null && (secretMode & 0o077) !== 0) {
    return fail(
      `others can read ${path}/jwt_secret`,
      `chmod 600 ${path}/jwt_secret, or delete it to get a new one`,
    );
  }
  const free = `${path}, ${Math.floor(freeBytes / 2 ** 20).toLocaleString("en")} MiB free`;
  return freeBytes < DISK_MIN ? fail(free, "make room: a full disk stops the database") : ok(free);
}

/** @param refused Why a program of ours cannot listen there; null: it can. */
export function checkPort(address: string, refused: string | null): Finding {
  if (refused === null) return ok(`${address} is free`);
  if (refused === "EADDRINUSE")
    return warn(`${address} is taken`, "by a server of ours, or take another --port");
  return fail(`${address}: ${refused}`, "give another HOST or PORT");
}

/** @returns What is wrong with the configuration itself. */
export function badConfig(problems: readonly ConfigProblem[]): Finding {
  const lines = problems.map(({ key, problem, fix }) => `${key}: ${problem}; write ${fix}`);
  return fail(lines.join("; "), "correct these keys; the other checks took their defaults");
}
