/**
 * The configuration: sole reader of the environment. It checks every key at once, redacts secrets when shown,
 * and opens nothing but the files that `*_FILE` keys name.
 * @module
 */
import { readFileSync } from "node:fs";
import { LIMITS } from "../domain/limits.ts";
import { nearest } from "../lib/nearest.ts";
import { CONFIG_KEYS, type ConfigKey, type Mode, type Settings, type Values } from "./keys.ts";

export type { Engine, LogLevel, Mode, Pooler } from "./keys.ts";

/** Where a key's value came from. */
export type Origin = "flag" | "env" | "file" | "default";

/** Named texts, as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The checked configuration of one process. */
export interface Config extends Values {
  /** Whether mode is production. */
  readonly production: boolean;
  /** Where each key came from, by its name. */
  readonly origins: Readonly<Record<string, Origin>>;
  /** The path of the file that a key came from, by its name. */
  readonly files: Readonly<Record<string, string>>;
}

/** What is wrong with one key, and what to write instead. */
export interface ConfigProblem {
  readonly key: string;
  readonly problem: string;
  readonly fix: string;
}

/** The configuration cannot be used; it names every bad key, never a secret's value. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ key, problem, fix }) => `  ${key}: ${problem}; write ${fix}`);
    super(`Cannot use the configuration: ${problems.length} bad key(s)\n${lines.join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

interface LoadOptions {
  /** Values from the command line, by key name; they win over the environment. */
  readonly flags?: Environment;
  /** Values of a configuration file, by key name; the environment wins over them. */
  readonly file?: Environment;
  /** Where `file` was read from, to say so. */
  readonly filePath?: string | undefined;
  /** Defaults of the entry point, by key name; anything else wins over them. */
  readonly defaults?: Environment;
  /**
   * Keys that must have a value.
   * @default ["DATABASE_URL", "JWT_SECRET"] in production, none elsewhere
   */
  readonly require?: readonly string[];
}

interface Found {
  readonly text: string;
  readonly origin: Origin;
  readonly path?: string | undefined;
}

/**
 * Reads and checks the configuration. An empty value counts as absent.
 *
 * @param env The environment.
 * @throws ConfigError listing every bad key.
 */
export function loadConfig(env: Environment = process.env, options: LoadOptions = {}): Config {
  const { config, problems } = inspectConfig(env, options);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** @returns The configuration with defaults in the place of bad values, and every problem. Nothing may serve with it. */
export function inspectConfig(
  env: Environment,
  options: LoadOptions = {},
): { readonly config: Config; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = unknownLimits({ ...options.file, ...env, ...options.flags });
  const values: Record<string, unknown> = {};
  const limits: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  const files: Record<string, string> = {};
  for (const key of CONFIG_KEYS) {
    const mode = (values.mode as Mode | undefined) ?? "development";
    const found = find(key, { env, options, problems }) ?? fallback(key, { mode, options });
    let value = key.parse(found.text);
    if (value === undefined) {
      problems.push({ key: key.name, problem: wrong(key, found.text), fix: key.expects });
      value = key.parse(fallback(key, { mode, options }).text);
    }
    origins[key.name] = found.origin;
    if (found.path !== undefined) files[key.name] = found.path;
    (key.field in LIMITS ? limits : values)[key.field] = value;
  }
  const draft = {
    ...values,
    limits,
    origins,
    files,
    production: values.mode === "production",
  } as unknown as Config;
  problems.push(...crossChecks(draft, { required: options.require, problems }));
  return { config: Object.freeze(draft), problems };
}

/** Looks a key up: flag, then environment, then configuration file; a secret also through `<NAME>_FILE`. */
function find(
  { name, secret }: ConfigKey,
  { env, options, problems }: { env: Environment; options: LoadOptions; problems: ConfigProblem[] },
): Found | undefined {
  const layers: [Environment | undefined, Origin][] = [
    [options.flags, "flag"],
    [env, "env"],
    [options.file, "file"],
  ];
  for (const [layer, origin] of layers) {
    const text = layer?.[name]?.trim();
    const path = secret ? layer?.[`${name}_FILE`]?.trim() : undefined;
    if (text && path) {
      const problem = `both ${name} and ${name}_FILE are set`;
      problems.push({ key: name, problem, fix: "only one of them" });
    }
    if (text) return { text, origin, path: origin === "file" ? options.filePath : undefined };
    if (path) {
      try {
        return { text: readFileSync(path, "utf8").trim(), origin: "file", path };
      } catch (error) {
        const { code = "unreadable" } = error as NodeJS.ErrnoException;
        const problem = `cannot read ${JSON.stringify(path)} (${code})`;
        problems.push({ key: `${name}_FILE`, problem, fix: "the path of a readable file" });
        return undefined;
      }
    }
  }
  return undefined;
}

function fallback(key: ConfigKey, { mode, options }: { mode: Mode; options: LoadOptions }): Found {
  const own = typeof key.fallback === "string" ? key.fallback : key.fallback(mode);
  return { text: options.defaults?.[key.name] ?? own, origin: "default" };
}

function wrong(key: ConfigKey, text: string): string {
  if (key.name === "JWT_SECRET") return `is ${Buffer.byteLength(text)} bytes, too short`;
  return key.secret ? "is not valid (value hidden)" : `${JSON.stringify(text.slice(0, 80))} is not valid`;
}

/** An unknown LIMIT_ key is an error: a mistyped one would silently leave the default in force. */
function unknownLimits(env: Environment): ConfigProblem[] {
  const known = CONFIG_KEYS.map(({ name }) => name).filter((name) => name.startsWith("LIMIT"));
  const unknown = Object.keys(env).filter((name) => /^LIMITS?_/.test(name) && !known.includes(name));
  return unknown.map((key) => {
    const guess = nearest(key, known);
    const fix = guess ? `${guess}, if that is what was meant` : `one of ${known.join(", ")}`;
    return { key, problem: "there is no such limit", fix };
  });
}

/** Rules over several keys; a key that is already reported is not reported again as missing. */
function crossChecks(
  config: Config,
  { required, problems: before }: { required?: readonly string[]; problems: readonly ConfigProblem[] },
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const name of required ?? (config.production ? ["DATABASE_URL", "JWT_SECRET"] : [])) {
    const key = CONFIG_KEYS.find((candidate) => candidate.name === name)!;
    const reported = before.some((problem) => problem.key === `${name}_FILE`);
    if (config[key.field as keyof Settings] === null && !reported) {
      const problem = config.production ? "is required in production" : "is required here";
      problems.push({ key: name, problem, fix: `${key.expects}, or name a file in ${name}_FILE` });
    }
  }
  if (config.production && config.limitsEnabled === false && config.limitsOffInProduction === false) {
    const fix = "LIMITS=on, or set LIMITS_OFF_IN_PRODUCTION=yes if this is meant";
    problems.push({ key: "LIMITS", problem: "off is refused in production", fix });
  }
  problems.push(...incomplete(config), ...incompleteStore(config));
  if (config.production && config.webhookUrl?.startsWith("http:")) {
    problems.push({ key: "WEBHOOK_URL", problem: "is not https", fix: "an https URL" });
  }
  if (config.metricsPort && config.metricsPort === config.port) {
    problems.push({ key: "METRICS_PORT", problem: "is the same as PORT", fix: "another port" });
  }
  return problems;
}

/** A bucket without keys would refuse every upload. */
function incompleteStore(config: Config): ConfigProblem[] {
  if (!config.mediaStore?.startsWith("s3:")) return [];
  const missing = [
    ...(config.s3AccessKeyId === null ? ["S3_ACCESS_KEY_ID"] : []),
    ...(config.s3SecretAccessKey === null ? ["S3_SECRET_ACCESS_KEY"] : []),
  ];
  const fix = "the key of an account that may read, write and delete in the bucket";
  return missing.map((key) => ({ key, problem: "is required for MEDIA_STORE=s3://…", fix }));
}

/** Keys that are of use only together. */
const TOGETHER = [
  ["PUSH_APNS_KEY", "PUSH_APNS_KEY_ID", "PUSH_APNS_TEAM_ID"],
  ["PUSH_VAPID_PRIVATE_KEY", "PUSH_VAPID_SUBJECT"],
  ["WEBHOOK_URL", "WEBHOOK_SECRET"],
];

/** What has only some of its keys is refused, because it would silently be switched off. */
function incomplete(config: Config): ConfigProblem[] {
  const isSet = (name: string) => config.origins[name] !== "default";
  return TOGETHER.filter((names) => names.some(isSet)).flatMap((names) => {
    const missing = names.filter((name) => !isSet(name));
    const problem = `is required with ${names.filter(isSet).join(" and ")}`;
    return missing.map((key) => ({ key, problem, fix: `it, or leave out ${names.join(", ")}` }));
  });
}
