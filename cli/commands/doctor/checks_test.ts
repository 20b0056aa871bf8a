/** Each thing that doctor claims to find, broken. @module */
import { describe, expect, test } from "bun:test";
import { loadConfig } from "../../../server/config/mod.ts";
import type { MigrationState } from "../../../server/db/migrate/mod.ts";
import * as checks from "./checks.ts";
import { checkEngine } from "./engine.ts";
import { checkHosts, checkPooler, type PoolerFacts } from "./pooler.ts";

const SECRET = "a secret of the tests, long enough for HS256";
const PRODUCTION = { NODE_ENV: "production", DATABASE_URL: "postgres://h/d", JWT_SECRET: SECRET };

const database = { version: 180_004, encoding: "UTF8", fsync: true, maxConnections: 100, latencyMs: 0.7 };
const folder = { path: ".vibes", writable: true, freeBytes: 2 ** 34, secretMode: 0o600 };
const migration = (state: MigrationState["state"]): MigrationState => {
  return { version: 1, file: "000001_one.sql", state, appliedAt: null, durationMs: null };
};

const alone: checks.ReplicationFacts = {
  inRecovery: false,
  standbys: 0,
  synchronous: 0,
  lagSeconds: null,
  archiving: false,
  archiveFails: false,
};
const shared = { mode: "transaction", declared: "none", hasTimeouts: true, prepares: true } as const;
const shards = (count: number) => [{ table: "messages", column: "conversation_id", shards: count } as const];
const pooler = (facts: Partial<PoolerFacts>) => checkPooler({ ...shared, ...facts });
const badConfig = checks.badConfig([
  { key: "PORT", problem: "is bad", fix: "3000" },
  { key: "HOST", problem: "is bad", fix: "::" },
]);

type Case = readonly [what: string, finding: checks.Finding, status: checks.Finding["status"], says?: RegExp];

const CASES: readonly Case[] = [
  ["the Bun it was built on", checks.checkBun("1.4.5"), "ok"],
  ["a newer Bun", checks.checkBun("1.5.0"), "warn", /tested with/],
  ["an older Bun", checks.checkBun("1.3.9"), "fail", /npx --yes bun@1\.4\.5/],
  ["a Bun of an older major", checks.checkBun("0.9.0"), "fail"],
  ["a configuration", checks.checkConfig(loadConfig({})), "ok"],
  ["no limits", checks.checkConfig(loadConfig({ LIMITS: "off" })), "warn", /LIMITS=off/],
  ["production without mail", checks.checkConfig(loadConfig(PRODUCTION)), "fail", /SMTP_URL/],
  ["a bad configuration", badConfig, "fail", /PORT: is bad; write 3000; HOST: is bad/],
  ["one host", checkHosts("postgres://h:1/d?application_name=x"), "ok"],
  [
    "the primary among three hosts",
    checkHosts("postgres://u:p@a,b:2,c/d?target_session_attrs=primary"),
    "ok",
  ],
  [
    "a standby that looks writable",
    checkHosts("postgres://a,b/d?x=y&target_session_attrs=read-write"),
    "fail",
    /primary/,
  ],
  ["hosts of which any will do", checkHosts("postgres://a,b/d"), "fail", /target_session_attrs=primary/],
  ["one PostgreSQL", checkEngine("postgresql", undefined), "ok"],
  ["Citus, nothing distributed", checkEngine("postgresql", shards(0)), "ok"],
  ["Citus, not declared", checkEngine("postgresql", shards(32)), "fail", /DATABASE_ENGINE=citus/],
  ["Citus, declared", checkEngine("citus", shards(32)), "ok"],
  ["declared, not distributed", checkEngine("citus", shards(0)), "fail", /db distribute/],
  ["declared, no Citus", checkEngine("citus", undefined), "fail", /db distribute/],
  ["no pooler", pooler({ mode: null }), "ok"],
  ["a pooler that keeps sessions", pooler({ mode: "session" }), "warn", /DATABASE_POOLER=prepared/],
  ["a pooler that keeps sessions, declared", pooler({ mode: "session", declared: "prepared" }), "ok"],
  ["a pooler that is declared and not there", pooler({ mode: null, declared: "prepared" }), "warn", /leave/],
  ["a pooler that shares sessions", pooler({}), "fail", /DATABASE_POOLER=transaction/],
  ["one that is declared", pooler({ declared: "transaction" }), "ok"],
  ["without timeouts", pooler({ declared: "transaction", hasTimeouts: false }), "fail", /db roles/],
  ["that forgets statements", pooler({ declared: "prepared", prepares: false }), "fail", /max_prepared/],
  ["no standby", checks.checkReplication(alone), "ok", /0 standbys .*archive off/],
  ["a standby", checks.checkReplication({ ...alone, inRecovery: true }), "fail", /primary/],
  [
    "a standby far behind",
    checks.checkReplication({ ...alone, standbys: 1, lagSeconds: 60 }),
    "warn",
    /60\.0 s/,
  ],
  [
    "an archive that fails",
    checks.checkReplication({ ...alone, archiveFails: true }),
    "fail",
    /archive_command/,
  ],
  ["a database", checks.checkDatabase(database, 10), "ok", /PostgreSQL 18\.4/],
  ["an old database", checks.checkDatabase({ ...database, version: 140_009 }, 10), "fail", /15 or newer/],
  ["Latin 1", checks.checkDatabase({ ...database, encoding: "LATIN1" }, 10), "fail", /UTF8/],
  ["a pool that does not fit", checks.checkDatabase(database, 99), "fail", /DATABASE_POOL/],
  ["fsync off", checks.checkDatabase({ ...database, fsync: false }, 10), "warn", /fsync/],
  [
    "a role that owns nothing",
    checks.checkRole({ role: "vibes_server", owns: false }, true),
    "ok",
    /owns nothing/,
  ],
  [
    "an owner who serves",
    checks.checkRole({ role: "postgres", owns: true }, true),
    "warn",
    /role of its own/,
  ],
  ["an owner in development", checks.checkRole({ role: "postgres", owns: true }, false), "ok", /postgres/],
  ["everything applied", checks.checkMigrations([migration("applied")], []), "ok", /1 applied/],
  ["a pending one", checks.checkMigrations([migration("pending")], []), "fail", /migrate up/],
  ["a changed one", checks.checkMigrations([migration("changed")], []), "fail", /000001_one/],
  ["one whose file is gone", checks.checkMigrations([migration("missing")], []), "fail", /000001_one/],
  ["a broken index", checks.checkMigrations([migration("applied")], ["users_x_idx"]), "fail", /users_x_idx/],
  ["a clock that goes well", checks.checkClock(-12), "ok", /12 ms behind/],
  ["a clock that drifts", checks.checkClock(5_000), "warn", /NTP/],
  ["a clock that is wrong", checks.checkClock(-60_000), "fail", /behind the database/],
  ["no Redis", checks.checkRedis([], false), "ok"],
  ["no Redis in production", checks.checkRedis([], true), "warn", /REDIS_URL/],
  ["Redis", checks.checkRedis(["7.2.4", "8.0.1"], true), "ok"],
  ["an old Redis", checks.checkRedis(["7.2.4", "6.2.1"], true), "fail", /7 or newer/],
  ["files without end", checks.checkFiles(null), "ok"],
  ["files enough", checks.checkFiles(20_000), "ok"],
  ["few files", checks.checkFiles(4_096), "warn", /ulimit -n/],
  ["hardly any files", checks.checkFiles(256), "fail", /ulimit -n/],
  ["a folder", checks.checkFolder(folder), "ok"],
  ["a folder of somebody else", checks.checkFolder({ ...folder, writable: false }), "fail", /DATA_DIR/],
  ["a secret for all", checks.checkFolder({ ...folder, secretMode: 0o644 }), "fail", /chmod 600/],
  ["a full disk", checks.checkFolder({ ...folder, freeBytes: 2 ** 20 }), "fail", /room/],
  ["a free port", checks.checkPort("127.0.0.1:3000", null), "ok"],
  ["a taken port", checks.checkPort("127.0.0.1:3000", "EADDRINUSE"), "warn", /taken/],
  ["an address of another machine", checks.checkPort("8.8.8.8:3000", "EADDRNOTAVAIL"), "fail", /HOST/],
];

describe("doctor judges", () => {
  for (const [what, finding, status, says] of CASES) {
    test(what, () => {
      expect(finding.status).toBe(status);
      if (says) expect(`${finding.detail} ${finding.hint ?? ""}`).toMatch(says);
      if (status === "fail" || status === "warn") expect(finding.hint).toBeTruthy();
    });
  }
});
