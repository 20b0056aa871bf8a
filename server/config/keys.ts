/**
 * The catalogue of configuration keys: name, default, meaning and parser of each. Pure: mod.ts applies it to an
 * environment.
 * @module
 */

import { LIMITS, type LimitName, type Limits, parseCount, parseRate } from "../domain/limits.ts";
import { parseCidr } from "../lib/addresses.ts";

/** How the process runs: development is friendly, production is strict. */
export type Mode = "development" | "production" | "test";
/** Minimum level that is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * What stands between the server and PostgreSQL: nothing that shares sessions, a pooler that lends one for each
 * transaction, or one that keeps prepared statements (in session mode, or pgbouncer 1.21 with
 * `max_prepared_statements`).
 */
export type Pooler = (typeof POOLERS)[number];
const POOLERS = ["none", "transaction", "prepared"] as const;

/** What DATABASE_URL leads to: one PostgreSQL, or the coordinator of a Citus cluster whose tables are distributed. */
export type Engine = (typeof ENGINES)[number];
const ENGINES = ["postgresql", "citus"] as const;

/** What the keys hold, parsed. */
export interface Settings {
  readonly mode: Mode;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Null: the embedded database of `vibes dev`. */
  readonly databaseUrl: string | null;
  /** Null: the same as databaseUrl. */
  readonly databaseDirectUrl: string | null;
  /** A standby of databaseUrl's; null: every read goes to the primary. */
  readonly databaseReplicaUrl: string | null;
  /** Connections to the database. */
  readonly databasePool: number;
  /** What shares sessions between us and the database of databaseUrl. */
  readonly databasePooler: Pooler;
  readonly databaseEngine: Engine;
  /** Empty: one process, nothing shared. More than one: the nodes of a Cluster. */
  readonly redisUrls: readonly string[];
  /** Null only outside production, where `ensureJwtSecret` generates one. */
  readonly jwtSecret: string | null;
  /** Null: codes are printed to the log in development; no mail in production. */
  readonly smtpUrl: string | null;
  /** Sender of mails: `Name <address>`, or the address alone. */
  readonly mailFrom: string;
  /** Lower-case host names without port. */
  readonly mediaHosts: readonly string[];
  /** `file:<folder>` or `s3://<bucket>?…`; null: nothing can be uploaded. */
  readonly mediaStore: string | null;
  readonly s3AccessKeyId: string | null;
  readonly s3SecretAccessKey: string | null;
  /** Null: nobody is asked about pictures. */
  readonly mediaScanUrl: string | null;
  readonly mediaScanLate: "hold" | "allow";
  /** Null: where it listens. */
  readonly publicUrl: string | null;
  /** Serialised origins, as a browser sends them. */
  readonly allowedOrigins: readonly string[];
  /** CIDR ranges. */
  readonly trustedProxies: readonly string[];
  /** Such as `1.4.0`. */
  readonly minClientVersion: string | null;
  /** The text of Apple's `.p8` file. */
  readonly pushApnsKey: string | null;
  readonly pushApnsKeyId: string | null;
  readonly pushApnsTeamId: string | null;
  /** The text of a service account's JSON file. */
  readonly pushFcmCredentials: string | null;
  /** 32 bytes in base64url. */
  readonly pushVapidPrivateKey: string | null;
  readonly pushVapidSubject: string | null;
  readonly pushExpoToken: string | null;
  /** Host names; `*.` in front: every name below. */
  readonly pushWebpushHosts: readonly string[];
  /** Null: the provider's own address. */
  readonly pushApnsUrl: string | null;
  readonly pushFcmUrl: string | null;
  readonly pushExpoUrl: string | null;
  /** Null: no system of the operator is told by webhook. */
  readonly webhookUrl: string | null;
  /** `whsec_` and base64. */
  readonly webhookSecret: string | null;
  /** The one before, while receivers change theirs: both sign. */
  readonly webhookPreviousSecret: string | null;
  readonly dataDir: string;
  /** Null: metrics have no port of their own. */
  readonly metricsPort: number | null;
  readonly logLevel: LogLevel;
  /** Days after a report's decision until its evidence can no longer be read. */
  readonly retentionEvidenceDays: number;
  readonly limitsEnabled: boolean;
  readonly limitsOffInProduction: boolean;
}

/** One configuration key. */
export interface ConfigKey {
  readonly name: string;
  /** Where its value lives: a field of {@link Settings}, or an entry of `limits`. */
  readonly field: keyof Settings | LimitName;
  readonly doc: string;
  /** Written form of the default, empty for none; by mode where it depends. */
  readonly fallback: string | ((mode: Mode) => string);
  /** What to write, for the error message. */
  readonly expects: string;
  /** A secret is redacted and may come from the file named by `<NAME>_FILE`. */
  readonly secret: boolean;
  /** @returns The value, or undefined when the text is not one. */
  readonly parse: (text: string) => unknown;
}

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

type Extra = Partial<Pick<ConfigKey, "fallback" | "secret">> & Pick<ConfigKey, "expects" | "parse">;

/** A row of the table: the one place where four positional arguments read better than names. */
function key(name: string, field: ConfigKey["field"], doc: string, extra: Extra): ConfigKey {
  return { fallback: "", secret: false, name, field, doc, ...extra };
}

function oneOf(choices: readonly string[]): Pick<ConfigKey, "expects" | "parse"> {
  return { expects: `one of ${choices.join(", ")}`, parse: (t) => (choices.includes(t) ? t : undefined) };
}

function integer(min: number, max: number): Pick<ConfigKey, "expects" | "parse"> {
  const parse = (text: string) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
    return value >= min && value <= max ? value : undefined;
  };
  return { expects: `a whole number from ${min} to ${max}`, parse };
}

/** Absent text is null, anything else must parse. */
function optional<T>(inner: T & { parse: ConfigKey["parse"] }): T {
  return { ...inner, parse: (text: string) => (text === "" ? null : inner.parse(text)) };
}

/** A comma-separated list; duplicates are dropped, one bad item makes the whole list bad. */
function list(
  expects: string,
  item: (text: string) => string | undefined,
): Pick<ConfigKey, "expects" | "parse"> {
  const parse = (text: string) => {
    const parts = text.split(",").map((part) => part.trim());
    const items = parts.filter((part) => part !== "").map(item);
    return items.includes(undefined) ? undefined : [...new Set(items)];
  };
  return { expects, parse };
}

function url(protocols: readonly string[], example: string) {
  const parse = (text: string) => {
    const parsed = URL.parse(text);
    return parsed && protocols.includes(parsed.protocol) && parsed.hostname !== "" ? text : undefined;
  };
  return { expects: `a URL such as ${example}`, parse };
}

/** A Postgres URL may name several hosts or a socket folder, which URL refuses: only its shape is judged. */
function parsePostgresUrl(text: string): string | undefined {
  return /^postgres(ql)?:\/\/\S+$/.test(text) ? text : undefined;
}

function parseHostName(text: string): string | undefined {
  const host = text.toLowerCase();
  return /^[a-z0-9.-]+$/.test(host) && URL.parse(`https://${host}`)?.host === host ? host : undefined;
}

function parseOrigin(text: string): string | undefined {
  const parsed = URL.parse(text);
  const plain = parsed && /^https?:$/.test(parsed.protocol) && parsed.href === `${parsed.origin}/`;
  return plain ? parsed.origin : undefined;
}

const isLocal = (mode: Mode) => mode !== "production";

function matching(expects: string, pattern: RegExp): Pick<ConfigKey, "expects" | "parse"> {
  return optional({ expects, parse: (text: string) => (pattern.test(text) ? text : undefined) });
}

function parseHostPattern(text: string): string | undefined {
  const name = parseHostName(text.replace(/^\*\./, ""));
  return name && (text.startsWith("*.") ? `*.${name}` : name);
}

const PEM = /^-----BEGIN PRIVATE KEY-----[\s\S]+-----END PRIVATE KEY-----\s*$/;
const BROWSERS_HOSTS =
  "fcm.googleapis.com, updates.push.services.mozilla.com, web.push.apple.com, *.notify.windows.com";

/** Push notifications: a provider without keys is not there, in development the log stands for it. */
const PUSH_KEYS: readonly ConfigKey[] = [
  key("PUSH_APNS_KEY", "pushApnsKey", "Apple: the text of the `.p8` file", {
    ...matching("the text of a .p8 file, or name the file in PUSH_APNS_KEY_FILE", PEM),
    secret: true,
  }),
  key("PUSH_APNS_KEY_ID", "pushApnsKeyId", "Apple: the key's id", {
    ...matching("10 letters and digits", /^[A-Z0-9]{10}$/),
    secret: true,
  }),
  key("PUSH_APNS_TEAM_ID", "pushApnsTeamId", "Apple: the team's id", {
    ...matching("10 letters and digits", /^[A-Z0-9]{10}$/),
    secret: true,
  }),
  key("PUSH_FCM_CREDENTIALS", "pushFcmCredentials", "Firebase: the text of a service account's JSON file", {
    ...matching(
      "the JSON of a service account, or name its file in PUSH_FCM_CREDENTIALS_FILE",
      /^\{[\s\S]*\}$/,
    ),
    secret: true,
  }),
  key("PUSH_VAPID_PRIVATE_KEY", "pushVapidPrivateKey", "browsers: the private key of VAPID", {
    ...matching("32 bytes in base64url", /^[\w-]{43}=?$/),
    secret: true,
  }),
  key(
    "PUSH_VAPID_SUBJECT",
    "pushVapidSubject",
    "browsers: contact for push services (the subject of VAPID)",
    {
      ...matching("mailto:ops@example.com or an https URL", /^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/),
      secret: true,
    },
  ),
  key("PUSH_EXPO_TOKEN", "pushExpoToken", "Expo: an access token; without it Expo is not used", {
    ...matching("an access token", /^[\w-]+$/),
    secret: true,
  }),
  key(
    "PUSH_WEBPUSH_HOSTS",
    "pushWebpushHosts",
    "allowed hosts of browsers' push subscriptions, comma-separated",
    {
      ...list("host names, *.example.com for every name below one", parseHostPattern),
      fallback: BROWSERS_HOSTS,
    },
  ),
  key("PUSH_APNS_URL", "pushApnsUrl", "URL of APNs, for tests", {
    ...optional(url(["https:"], "https://127.0.0.1:8443")),
  }),
  key("PUSH_FCM_URL", "pushFcmUrl", "URL of FCM, for tests", {
    ...optional(url(["http:", "https:"], "http://127.0.0.1:8080")),
  }),
  key("PUSH_EXPO_URL", "pushExpoUrl", "URL of Expo, for tests", {
    ...optional(url(["http:", "https:"], "http://127.0.0.1:8080")),
  }),
];

function parseStore(text: string): string | undefined {
  if (text.startsWith("file:")) return text.includes("\0") ? undefined : text;
  const { protocol, host, pathname, searchParams } = URL.parse(text) ?? {};
  const isBucket = protocol === "s3:" && /^[a-z0-9][a-z0-9.-]{2,62}$/.test(host ?? "") && !pathname;
  const isKnown = [...(searchParams?.keys() ?? [])].every((name) => ["endpoint", "region"].includes(name));
  const endpoint = searchParams?.get("endpoint");
  const isReachable = !endpoint || /^https?:$/.test(URL.parse(endpoint)?.protocol ?? "");
  return isBucket && isKnown && isReachable ? text : undefined;
}

/** Pictures that people upload. */
const MEDIA_KEYS: readonly ConfigKey[] = [
  key(
    "MEDIA_STORE",
    "mediaStore",
    "where uploaded pictures are: a folder or an S3 bucket; without it, none",
    {
      ...optional({
        expects:
          "file:<folder>, file: alone for DATA_DIR/media, or s3://<bucket>?endpoint=https://…&region=…",
        parse: parseStore,
      }),
      fallback: (mode) => (mode === "development" ? "file:" : ""),
    },
  ),
  key("S3_ACCESS_KEY_ID", "s3AccessKeyId", "of the bucket in MEDIA_STORE", {
    ...matching("an access key id", /^\S+$/),
    secret: true,
  }),
  key("S3_SECRET_ACCESS_KEY", "s3SecretAccessKey", "of the bucket in MEDIA_STORE", {
    ...matching("a secret access key", /^\S+$/),
    secret: true,
  }),
  key(
    "MEDIA_SCAN_URL",
    "mediaScanUrl",
    "is asked about each picture by POST; it answers allow, hold or reject",
    {
      ...optional(url(["http:", "https:"], "https://scanner.example.com/pictures")),
      secret: true,
    },
  ),
  key(
    "MEDIA_SCAN_LATE",
    "mediaScanLate",
    "`hold` or `allow` a picture while MEDIA_SCAN_URL has not answered; it is asked again",
    { ...oneOf(["hold", "allow"]), fallback: "hold" },
  ),
  key("PUBLIC_URL", "publicUrl", "where this server is reached, for links in MEDIA_SCAN_URL's questions", {
    ...optional({ expects: "an origin such as https://api.example.com (no path)", parse: parseOrigin }),
  }),
];

const WEBHOOK_SECRET = matching(
  "whsec_ and 24 to 64 bytes in base64, such as whsec_$(openssl rand -base64 32)",
  /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/,
);
const WEBHOOK_KEYS: readonly ConfigKey[] = [
  key("WEBHOOK_URL", "webhookUrl", "where events for your own systems are sent (Standard Webhooks)", {
    ...optional(url(["http:", "https:"], "https://hooks.example.com/vibesmatch")),
  }),
  key("WEBHOOK_SECRET", "webhookSecret", "signs webhooks", { ...WEBHOOK_SECRET, secret: true }),
  key(
    "WEBHOOK_PREVIOUS_SECRET",
    "webhookPreviousSecret",
    "signs webhooks too, while receivers change to a new WEBHOOK_SECRET",
    { ...WEBHOOK_SECRET, secret: true },
  ),
];

/** Every key but the limits'. */
const SETTING_KEYS: readonly ConfigKey[] = [
  key("NODE_ENV", "mode", "`production` is strict: no generated secrets, no codes in the log", {
    ...oneOf(["development", "production", "test"]),
    fallback: "development",
  }),
  key("HOST", "host", "address to listen on", {
    expects: "an address or host name to listen on, such as 0.0.0.0",
    fallback: (mode) => (isLocal(mode) ? "127.0.0.1" : "0.0.0.0"),
    parse: (text) => (/^[\w.:[\]-]+$/.test(text) ? text : undefined),
  }),
  key("PORT", "port", "port to listen on; 0 takes a free one", { ...integer(0, 65_535), fallback: "3000" }),
  key("DATABASE_URL", "databaseUrl", "PostgreSQL; without it `vibes dev` runs an embedded one", {
    ...optional({
      expects: "a URL such as postgres://user:password@host:5432/name",
      parse: parsePostgresUrl,
    }),
    secret: true,
  }),
  key(
    "DATABASE_DIRECT_URL",
    "databaseDirectUrl",
    "PostgreSQL past its pooler and as the owner of the tables, for `vibes migrate`, `db` and `seed`",
    {
      ...optional({
        expects: "a URL such as postgres://user:password@host:5432/name",
        parse: parsePostgresUrl,
      }),
      secret: true,
    },
  ),
  key(
    "DATABASE_REPLICA_URL",
    "databaseReplicaUrl",
    "a streaming replica for staff's lists, exports and the lead's numbers while it is at most 2 s behind",
    {
      ...optional({
        expects: "a URL such as postgres://user:password@host:5432/name",
        parse: parsePostgresUrl,
      }),
      secret: true,
    },
  ),
  key("DATABASE_POOL", "databasePool", "connections to PostgreSQL, per process", {
    ...integer(2, 500),
    fallback: "10",
  }),
  key(
    "DATABASE_POOLER",
    "databasePooler",
    "`transaction`: DATABASE_URL leads to a pooler in transaction mode; `prepared`: to one that keeps prepared statements (in session mode, or pgbouncer since 1.21); both need `vibes db roles`, once",
    { ...oneOf(POOLERS), fallback: "none" },
  ),
  key(
    "DATABASE_ENGINE",
    "databaseEngine",
    "`citus`: DATABASE_URL leads to a coordinator whose tables `vibes db distribute` has spread over its workers",
    { ...oneOf(ENGINES), fallback: "postgresql" },
  ),
  key(
    "REDIS_URL",
    "redisUrls",
    "Redis, required for more than one process; several, comma-separated, are the nodes of a Cluster",
    {
      ...list("URLs such as redis://host:6379, separated by commas", (text) =>
        url(["redis:", "rediss:"], "").parse(text),
      ),
      secret: true,
    },
  ),
  key("JWT_SECRET", "jwtSecret", "signs access tokens; in development generated in DATA_DIR", {
    ...optional({
      expects: "at least 32 bytes, such as the output of: openssl rand -base64 48",
      parse: (text: string) => (Buffer.byteLength(text) >= 32 ? text : undefined),
    }),
    secret: true,
  }),
  key("SMTP_URL", "smtpUrl", "SMTP server for sign-in codes; without it development logs the codes", {
    ...optional(url(["smtp:", "smtps:"], "smtps://user:password@mail.example.com:465")),
    secret: true,
  }),
  key("MAIL_FROM", "mailFrom", "sender of mails", {
    expects: "an address such as VibesMatch <no-reply@example.com>",
    fallback: "VibesMatch <no-reply@vibesmatch.com>",
    parse: (text) => (/^([^<>\r\n]*<)?[^<>@\s]+@[^<>@\s]+>?$/.test(text) ? text : undefined),
  }),
  key("MEDIA_HOSTS", "mediaHosts", "allowed hosts of image messages, comma-separated", {
    ...list("host names without scheme or port, such as storage.example.com", parseHostName),
    fallback: "storage.vibesmatch.com",
  }),
  ...MEDIA_KEYS,
  key(
    "ALLOWED_ORIGINS",
    "allowedOrigins",
    "web origins allowed by CORS and on socket upgrades, comma-separated",
    {
      ...list("origins such as https://app.example.com (no path, no *)", parseOrigin),
    },
  ),
  key(
    "TRUSTED_PROXIES",
    "trustedProxies",
    "trusted proxies whose X-Forwarded headers are used, comma-separated CIDR ranges",
    {
      ...list("CIDR ranges such as 10.0.0.0/8", (text) => (parseCidr(text) ? text : undefined)),
    },
  ),
  ...PUSH_KEYS,
  ...WEBHOOK_KEYS,
  key("MIN_CLIENT_VERSION", "minClientVersion", "minimum version of apps, in GET /api/v1/config", {
    ...matching("a version such as 1.4.0", /^\d{1,5}\.\d{1,5}\.\d{1,5}$/),
  }),
  key("DATA_DIR", "dataDir", "folder of the embedded database and generated secrets", {
    expects: "a folder",
    fallback: ".vibes",
    parse: (text) => (text.includes("\0") ? undefined : text),
  }),
  key("METRICS_PORT", "metricsPort", "port of /metrics on its own listener", optional(integer(0, 65_535))),
  key("LOG_LEVEL", "logLevel", "minimum level that is logged", {
    ...oneOf(LOG_LEVELS),
    fallback: (mode) => (mode === "test" ? "silent" : "info"),
  }),
  key(
    "RETENTION_EVIDENCE_DAYS",
    "retentionEvidenceDays",
    "days after a report's decision until its evidence is destroyed",
    {
      ...integer(1, 3_650),
      fallback: "365",
    },
  ),
  key("LIMITS", "limitsEnabled", "`off` disables every limit, for load tests", {
    expects: "on or off",
    fallback: "on",
    parse: (text) => ({ on: true, off: false })[text],
  }),
  key("LIMITS_OFF_IN_PRODUCTION", "limitsOffInProduction", "`yes` permits `LIMITS=off` in production", {
    expects: "yes or no",
    fallback: "no",
    parse: (text) => ({ yes: true, no: false })[text],
  }),
];

const LIMIT_KEYS: readonly ConfigKey[] = Object.entries(LIMITS).map(([name, { kind, fallback, doc }]) =>
  key(`LIMIT_${name}`, name as LimitName, doc, {
    fallback,
    expects: kind === "rate" ? `a rate such as ${fallback} (s, m, h, d)` : "a whole number, at least 1",
    parse: kind === "rate" ? parseRate : parseCount,
  }),
);

/** Every configuration key, in the order of the documentation. */
export const CONFIG_KEYS: readonly ConfigKey[] = [...SETTING_KEYS, ...LIMIT_KEYS];

/** Everything the keys hold. */
export interface Values extends Settings {
  readonly limits: Limits;
}
