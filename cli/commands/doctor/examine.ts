/**
 * Collects the facts that the checks judge, from the database, Redis, the mail server and the machine. A part that
 * fails does not keep the others from being examined.
 * @module
 */
import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import net from "node:net";
import { dirname, join, resolve } from "node:path";
import { type Config, inspectConfig } from "../../../server/config/mod.ts";
import { versionText } from "../../../server/lib/version.ts";
import type { CliError, Io } from "../../output.ts";
import { addressOf, type ConfigOptions, databaseUrls, fromFile, refusalOf } from "../db_context.ts";
import { examineAudit } from "./audit.ts";
import {
  badConfig,
  type Check,
  checkBun,
  checkClock,
  checkConfig,
  checkDatabase,
  checkFiles,
  checkFolder,
  checkHistory,
  checkMigrations,
  checkPort,
  checkRedis,
  checkReplication,
  checkRole,
  type Finding,
  fail,
  ok,
  skip,
  warn,
} from "./checks.ts";
import { askDatabase, askRole } from "./database.ts";
import { askSpread, checkEngine } from "./engine.ts";
import { askGreeting, askRedis } from "./network.ts";
import { examinePictures } from "./pictures.ts";
import { askPooler, checkHosts, checkPooler } from "./pooler.ts";
import { examineJobs, examinePush, examineWebhooks } from "./push.ts";
import { askReplica, checkReplica } from "./replica.ts";

/** What tests put in the place of the machine's own. */
export interface Machine {
  readonly bunVersion: string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Files that this process may open; null: no limit. */
  openFiles(): number | null;
}

const THIS_MACHINE: Machine = { bunVersion: Bun.version, now: Date.now, openFiles: readOpenFiles };

/** @returns Every check, in the order in which they should be mended. */
export async function examine(io: Io, options: ConfigOptions, machine = THIS_MACHINE): Promise<Check[]> {
  const bun = named("bun", checkBun(machine.bunVersion));
  const files = named("open files", checkFiles(machine.openFiles()));
  const { file, filePath, unreadable } = readFile(options);
  const { config, problems } = inspectConfig(io.env, { file, filePath });
  const configured = unreadable ?? (problems.length > 0 ? badConfig(problems) : checkConfig(config));
  const [database, role, pooler, engine, redis, mail, port, push, pictures] = await Promise.all([
    examineDatabase(config, machine),
    asServer("server's role", config, async (url) => checkRole(await askRole(url), config.production)),
    asServer("pooler", config, async (url) => checkPooler(await askPooler(url, config.databasePooler))),
    asServer("engine", config, async (url) => checkEngine(config.databaseEngine, await askSpread(url))),
    examineRedis(config),
    examineMail(config),
    examinePort(config),
    examinePush(config),
    examinePictures(config),
  ]);
  const replica = await examineReplica(config, database[0]!);
  const folder = named("data folder", checkFolder(askFolder(config.dataDir)));
  return [
    named("version", ok(versionText())),
    bun,
    files,
    named("configuration", configured),
    folder,
    ...database,
    replica,
    role,
    named("hosts", checkHosts(config.databaseUrl)),
    pooler,
    engine,
    redis,
    mail,
    named("push", push),
    named("pictures", pictures),
    port,
  ];
}

/** A file that cannot be read is a finding as well: the environment alone is examined then. */
function readFile(options: ConfigOptions) {
  try {
    return { ...fromFile(options), unreadable: undefined };
  } catch (error) {
    const { message, hint = "" } = error as CliError;
    return { file: {}, filePath: undefined, unreadable: fail(message, hint) };
  }
}

function named(name: string, finding: Finding): Check {
  return { name, ...finding };
}

async function examineDatabase(config: Config, machine: Machine): Promise<Check[]> {
  const url = urlOf(config);
  if (url === undefined) {
    const hint = "`vibes dev` brings one; a server needs DATABASE_URL";
    const none = warn("none is running here, DATABASE_URL is not set", hint);
    return [named("database", none), ...DEPENDING.map((name) => named(name, skip("no database")))];
  }
  try {
    const { facts, states, invalidIndexes, histories, skewMs, replication } = await askDatabase(
      url,
      machine.now,
    );
    return [
      named("database", checkDatabase(facts, config.databasePool)),
      named("migrations", checkMigrations(states, invalidIndexes)),
      named("history", checkHistory(histories)),
      named("clock", checkClock(skewMs)),
      named("replication", checkReplication(replication)),
      named("audit log", await examineAudit(url, states)),
      named("jobs", await examineJobs(url, states)),
      named("webhooks", await examineWebhooks(config, { url, states })),
    ];
  } catch (error) {
    const { why, hint } = refusalOf(error);
    return [
      named("database", fail(`${addressOf(url)}: ${why}`, hint)),
      ...DEPENDING.map((name) => named(name, skip("the database cannot be used"))),
    ];
  }
}

/** What is asked of the database once it answers. */
const DEPENDING = ["migrations", "history", "clock", "replication", "audit log", "jobs", "webhooks"];

function urlOf(config: Config): string | undefined {
  try {
    return databaseUrls(config).ownerUrl;
  } catch {
    return undefined;
  }
}

/** @param database What was found of the primary. */
async function examineReplica(config: Config, database: Check): Promise<Check> {
  const [url, primaryUrl] = [config.databaseReplicaUrl, urlOf(config)];
  if (url === null) return named("replica", skip("DATABASE_REPLICA_URL is not set"));
  if (primaryUrl === undefined || database.status === "fail") {
    return named("replica", skip("the database cannot be used"));
  }
  try {
    return named("replica", checkReplica(await askReplica(url, primaryUrl)));
  } catch (error) {
    const { why, hint } = refusalOf(error);
    return named(
      "replica",
      fail(`${addressOf(url)}: ${why}`, hint.replace("DATABASE_URL", "DATABASE_REPLICA_URL")),
    );
  }
}

/** Asks by DATABASE_URL, as the server does: it may be another role's, and lead through a pooler. */
async function asServer(
  name: string,
  { databaseUrl }: Config,
  ask: (url: string) => Promise<Finding>,
): Promise<Check> {
  if (databaseUrl === null) return named(name, skip("DATABASE_URL is not set"));
  try {
    return named(name, await ask(databaseUrl));
  } catch (error) {
    const { why, hint } = refusalOf(error);
    return named(name, fail(`${addressOf(databaseUrl)}: ${why}`, hint));
  }
}

async function examineRedis({ redisUrls, production }: Config): Promise<Check> {
  try {
    const versions = await Promise.all(redisUrls.map(askRedis));
    return named("redis", checkRedis(versions, production));
  } catch (error) {
    const { message, hint } = error as Error & { hint: string };
    return named("redis", fail(message, hint));
  }
}

async function examineMail({ smtpUrl, production }: Config): Promise<Check> {
  if (smtpUrl === null)
    return named("mail", skip(production ? "no SMTP_URL" : "codes are printed to the log"));
  try {
    return named("mail", ok(await askGreeting(smtpUrl)));
  } catch (error) {
    return named("mail", fail((error as Error).message, "is it running? check SMTP_URL"));
  }
}

async function examinePort({ host, port }: Config): Promise<Check> {
  if (port === 0) return named("port", skip("any that is free"));
  const { promise, resolve: tell } = Promise.withResolvers<string | null>();
  const probe = net.createServer();
  probe.once("error", (error: NodeJS.ErrnoException) => tell(error.code ?? error.message));
  probe.listen({ host: host.replace(/^\[|\]$/g, ""), port }, () => probe.close(() => tell(null)));
  return named("port", checkPort(`${host}:${port}`, await promise));
}

function askFolder(dataDir: string) {
  const path = resolve(dataDir);
  // It may not be there yet: then the first folder above that is decides.
  let there = path;
  while (!existsSync(there)) there = dirname(there);
  const { bavail, bsize } = statfsSync(there);
  const secret = there === path ? statSync(join(path, "jwt_secret"), { throwIfNoEntry: false }) : undefined;
  return {
    path: dataDir,
    writable: isWritableFolder(there),
    freeBytes: bavail * bsize,
    secretMode: secret ? secret.mode & 0o777 : null,
  };
}

function isWritableFolder(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Linux tells it in a file; elsewhere a shell knows. */
function readOpenFiles(): number | null {
  const limits = existsSync("/proc/self/limits") ? readFileSync("/proc/self/limits", "utf8") : "";
  const said =
    /^Max open files\s+(\S+)/m.exec(limits)?.[1] ??
    Bun.spawnSync(["sh", "-c", "ulimit -n"]).stdout.toString().trim();
  return said === "unlimited" ? null : Number(said);
}
