/**
 * Outgoing mail through SMTP. It owns the connections and their failures, not what a mail says; addresses and
 * texts never reach the log, except to a developer who runs without a mail server.
 * @module
 */
import { createTransport } from "nodemailer";
import SMTPPool from "nodemailer/lib/smtp-pool";
import type { Log } from "./log.ts";
import { AppError, invalid } from "./protocol/errors.ts";

/** A mail of plain text to one person. */
export interface Mail {
  /** One e-mail address. */
  readonly to: string;
  readonly subject: string;
  /** Paragraphs, divided by empty lines; an HTML part is made from them. */
  readonly text: string;
}

/** Sends mail. */
export interface Mailer {
  /**
   * @returns When the mail server has taken the mail.
   * @throws SERVICE_UNAVAILABLE when it did not for now, VALIDATION_ERROR when it refuses the address for good.
   */
  send(mail: Mail): Promise<void>;
  /** Lets what is being sent finish, within the timeouts of a send, and ends the connections. */
  close(): Promise<void>;
}

interface MailerOptions {
  /** `smtp://` or `smtps://`, with credentials where needed; null for none. */
  readonly smtpUrl: string | null;
  /** The sender: `Name <address>`. */
  readonly from: string;
  readonly log: Log;
  /** In production nothing is printed when there is no mail server. */
  readonly production: boolean;
  /** For connecting, for each silence of the server, and (twice that) for a whole attempt. @default 5000 */
  readonly timeoutMs?: number;
}

/** Creates the mailer. Nothing is connected before the first mail. */
export function createMailer({ smtpUrl, from, log, production, timeoutMs = 5000 }: MailerOptions): Mailer {
  const mailLog = log.child({ component: "mail" });
  if (smtpUrl === null) return createPrinter(mailLog, production);
  const pool = new SMTPPool({
    url: smtpUrl,
    maxConnections: 3,
    // A message whose connection closed is repeated by us, once, not five times by the pool.
    maxRequeues: 0,
    idleTimeout: 60_000,
    connectionTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(sendsSecretsAbroad(smtpUrl) ? { requireTLS: true } : {}),
  });
  const transport = createTransport(pool);

  async function attempt({ to, subject, text }: Mail): Promise<void> {
    await transport.sendMail({
      from,
      // As an object: a text would be parsed as a list, and "a@x, b@y" reach two people.
      to: { name: "", address: to },
      subject,
      text,
      html: toHtml(text),
      headers: { "Auto-Submitted": "auto-generated" },
      // A server that trickles its replies triggers no timeout of silence.
      signal: AbortSignal.timeout(2 * timeoutMs),
    });
  }

  return {
    async send(mail) {
      try {
        await attempt(mail);
      } catch (first) {
        if (!isTemporary(first)) throw refusal(first, mailLog);
        mailLog.warn(failureFacts(first), "Cannot send a mail: trying once more");
        await attempt(mail).catch((second) => Promise.reject(refusal(second, mailLog)));
      }
    },
    async close() {
      const deadline = performance.now() + 2 * timeoutMs;
      while (pool.pendingCount() > 0 && performance.now() < deadline) await Bun.sleep(20);
      pool.close({ force: true });
    },
  };
}

/** Stands in for a mail server: prints in development, refuses in production. */
function createPrinter(log: Log, production: boolean): Mailer {
  return {
    async send({ to, subject, text }) {
      if (production)
        throw new AppError("SERVICE_UNAVAILABLE", "Cannot send the mail: no mail server is configured");
      log.info(`mail to ${to} (printed, SMTP_URL is not set): ${subject}: ${text.split("\n", 1)[0]}`);
    },
    async close() {},
  };
}

/** Credentials leave this machine only encrypted, unless the URL itself says otherwise. */
function sendsSecretsAbroad(smtpUrl: string): boolean {
  const { username, password, hostname, searchParams } = new URL(smtpUrl);
  const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  return (username !== "" || password !== "") && !local && !searchParams.has("requireTLS");
}

interface SmtpFailure {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly permanent?: boolean;
}

/** Worth a second try on a new connection: silence, a lost connection, a reply that says "for now". */
function isTemporary(error: unknown): boolean {
  const { code = "", responseCode } = error as SmtpFailure;
  if (responseCode !== undefined) return responseCode >= 400 && responseCode < 500;
  return ["ECONNECTION", "ETIMEDOUT", "ESOCKET", "EDNS", "EABORT"].includes(code);
}

function refusal(error: unknown, log: Log): AppError {
  const { command, permanent } = error as SmtpFailure;
  log.error(failureFacts(error), "Cannot send a mail");
  if (permanent === true && command === "RCPT TO") {
    return invalid({
      path: "body.email",
      code: "not_allowed",
      message: "must be an address that takes mail",
    });
  }
  return new AppError("SERVICE_UNAVAILABLE", "Cannot send the mail: the mail server is not available");
}

/** No message and no response: servers repeat the address in them. */
function failureFacts(error: unknown): Record<string, unknown> {
  const { code, command, responseCode } = error as SmtpFailure;
  return { code, command, responseCode };
}

function toHtml(text: string): string {
  const paragraphs = text
    .split(/\n{2,}/)
    .map((part) => `<p>${Bun.escapeHTML(part).replaceAll("\n", "<br>")}</p>`);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><body style="font:16px/1.5 sans-serif">${paragraphs.join("")}</body></html>`;
}
