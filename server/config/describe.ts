/**
 * The configuration as people see it: every key with its value and origin, secrets redacted, and the table of the
 * documentation.
 * @module
 */
import { formatRate, LIMITS, type LimitName, type Rate } from "../domain/limits.ts";
import { CONFIG_KEYS, type ConfigKey, type Settings } from "./keys.ts";
import type { Config, Origin } from "./mod.ts";

/** One key as it may be shown to people. */
export interface ConfigRow {
  readonly key: string;
  /** Redacted where secret; empty when there is no value. */
  readonly value: string;
  readonly origin: Origin;
  /** The path, where the origin is a file. */
  readonly file: string | null;
}

/** @returns Every key with its value, secrets redacted, and its origin. */
export function describeConfig(config: Config): ConfigRow[] {
  return CONFIG_KEYS.map((key) => ({
    key: key.name,
    value: show(key, config),
    origin: config.origins[key.name] ?? "default",
    file: config.files[key.name] ?? null,
  }));
}

function show({ field, name, secret }: ConfigKey, config: Config): string {
  const value = field in LIMITS ? config.limits[field as LimitName] : config[field as keyof Settings];
  if (value === null) return "";
  if (name === "JWT_SECRET") return "*** (hidden)";
  if (name === "LIMITS") return value ? "on" : "off";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "object" && "points" in value) return formatRate(value as Rate);
  const texts = Array.isArray(value) ? value : [String(value)];
  return (secret ? texts.map(redact) : texts).join(", ");
}

/** Of a URL the parts that help to find a mistake are shown, of any other secret nothing. */
function redact(text: string): string {
  return /^[a-z]+:\/\//i.test(text) ? redactUrl(text) : "*** (hidden)";
}

/** Keeps what helps to find a mistake (user, host, path); hides the password and every parameter's value. */
function redactUrl(text: string): string {
  const hidden = text.replace(/^([a-z]+:\/\/[^:@/?#]*):.*@/i, "$1:***@");
  return hidden.replace(/([?&][^=&#]*=)[^&#]*/g, "$1***");
}

/** @returns The markdown table of every key, generated from the declaration. */
export function configTable(): string {
  const rows = CONFIG_KEYS.map((key) => {
    const { fallback: given, secret } = key;
    const plain =
      typeof given === "string"
        ? code(given)
        : `${code(given("development"))}, in production ${code(given("production"))}`;
    const name = secret ? `\`${key.name}\`, \`${key.name}_FILE\`` : `\`${key.name}\``;
    return `| ${name} | ${plain} | ${key.doc} |`;
  });
  return ["| key | default | meaning |", "|---|---|---|", ...rows].join("\n");
}

const code = (text: string) => (text === "" ? "none" : `\`${text}\``);
