/**
 * The area of identity: sign-in, sessions, profiles, and what people may do with their data.
 * @module
 */
import {
  type AuthService,
  createAuthService,
  createSessionService,
  type SendMail,
  type SessionEvents,
  type SessionService,
  type SessionsRevoked,
} from "../features/auth/mod.ts";
import { createPrivacy, type Privacy } from "../features/privacy/mod.ts";
import {
  type AccountService,
  createAccountService,
  createUserService,
  type UserService,
} from "../features/users/mod.ts";
import { Emitter } from "../lib/emitter.ts";
import { createMailer } from "../mail.ts";
import type { ContextOverrides, Core } from "./core.ts";
import type { Node } from "./node.ts";
import type { Storage } from "./storage.ts";

/** See the module. */
export interface Identity {
  readonly accounts: AccountService;
  readonly auth: AuthService;
  readonly privacy: Privacy;
  readonly sendMail: SendMail;
  readonly sessionEvents: SessionEvents;
  readonly sessions: SessionService;
  readonly users: UserService;
}

export function createIdentity(built: Core & Storage & Node, overrides: ContextOverrides): Identity {
  const {
    config,
    log,
    clock,
    tokens,
    metrics,
    onError,
    closings,
    database,
    reader,
    write,
    sync,
    media,
    mediaStore,
    people,
  } = built;
  const { smtpUrl, mailFrom: from, production, jwtSecret: secret } = config;
  const onEvent = metrics?.onAuth;
  const mailer = closings.add("mail", createMailer({ smtpUrl, from, log, production }));
  const sendMail = overrides.sendMail ?? mailer.send;
  const sessionEvents = new Emitter<SessionsRevoked>(onError);
  sessionEvents.subscribe((revoked) => people.hub.revoke(revoked));
  if (metrics) sessionEvents.subscribe(metrics.onRevoked);
  const sessions = createSessionService({ database, write, tokens, events: sessionEvents, secret, onEvent });
  const users = createUserService({
    database,
    clock,
    onActivityShown: (userId, isShown) => void people.presence.shown(userId, isShown).catch(onError),
  });
  const auth = createAuthService({ database, write, tokens, sendMail, sessions, users, secret, onEvent });
  const { retentionEvidenceDays: evidenceDays } = config;
  const privacy = createPrivacy({
    database,
    reader,
    write,
    auth,
    sessions,
    users,
    sync,
    media,
    mediaStore,
    evidenceDays,
    log,
    onError,
  });
  closings.add("retention", { close: privacy.retention.start() });
  return {
    accounts: createAccountService({ database }),
    auth,
    privacy,
    sendMail,
    sessionEvents,
    sessions,
    users,
  };
}
