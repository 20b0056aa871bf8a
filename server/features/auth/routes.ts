/**
 * The sign-in routes. The limits of sending codes are counted here, per address and not per caller.
 * @module
 */
import { createHash } from "node:crypto";
import { Elysia } from "elysia";
import type { RateLimits } from "../../backplane/limits.ts";
import { created, Envelope, errors, type Http, ok, publicErrors } from "../../http/mod.ts";
import { countCall } from "../../http/rate_limit.ts";
import { requireEmail } from "../users/mod.ts";
import {
  CodeSent,
  Done,
  RefreshBody,
  SendOtpBody,
  SignedIn,
  SignupBody,
  TokenPair,
  Verified,
  VerifyOtpBody,
} from "./schema.ts";
import type { AuthService } from "./service.ts";
import type { SessionService } from "./sessions.ts";

interface AuthRoutesDeps {
  readonly http: Http;
  readonly auth: AuthService;
  readonly sessions: SessionService;
  readonly limits: RateLimits;
}

/** @returns The routes under `/api/v1/auth`. */
export function authRoutes({ http, auth, sessions, limits }: AuthRoutesDeps) {
  return new Elysia({ name: "auth", prefix: "/api/v1/auth", tags: ["Sign-in"] })
    .use(http)
    .post(
      "/send-otp",
      async ({ body, set }) => {
        const key = createHash("sha256").update(requireEmail(body.email)).digest("base64url");
        await countCall(limits, { name: "OTP_SEND_MINUTE", key, set });
        await countCall(limits, { name: "OTP_SEND_DAY", key, set });
        return ok(await auth.sendOtp(body.email));
      },
      {
        public: true,
        limit: "AUTH_ADDRESS",
        body: SendOtpBody,
        response: { 200: Envelope(CodeSent), ...publicErrors() },
        detail: {
          summary: "Send a sign-in code",
          description:
            "Mails six digits, good for 5 minutes. The answer is the same whether or not the address has an " +
            "account. At most 3 a minute and 10 a day for one address; a new code replaces the one before.",
        },
      },
    )
    .post("/verify-otp", async ({ body }) => ok(await auth.verifyOtp(body)), {
      public: true,
      limit: "AUTH_ADDRESS",
      body: VerifyOtpBody,
      response: { 200: Envelope(Verified), ...publicErrors("UNAUTHORIZED", "FORBIDDEN") },
      detail: {
        summary: "Sign in with a code",
        description:
          "A code works once and may be tried 3 times. Somebody known gets tokens; somebody new a temp_token for " +
          "POST /auth/signup; somebody who is suspended or banned the sanction and an appeal_token for POST /appeals. " +
          "FORBIDDEN when the account is closed.",
      },
    })
    .post("/signup", async ({ signup, body }) => created(await auth.signup(signup, body)), {
      signup: true,
      limit: "AUTH_ADDRESS",
      body: SignupBody,
      response: { 201: Envelope(SignedIn), ...errors("CONFLICT") },
      detail: {
        summary: "Sign up",
        description:
          "Makes the account of the address that the temp_token (as Bearer token) stands for. CONFLICT when it " +
          "has one already: sign in with a new code then.",
      },
    })
    .post("/refresh", async ({ body }) => ok(await sessions.refresh(body.refresh_token)), {
      public: true,
      limit: "REFRESH_ADDRESS",
      body: RefreshBody,
      response: { 200: Envelope(TokenPair), ...publicErrors("UNAUTHORIZED", "FORBIDDEN") },
      detail: {
        summary: "Get new tokens",
        description:
          "A refresh token works once. For 10 s, while its successor is unused, the same call gets the same " +
          "successor again (the answer was lost, or calls ran in parallel). Any later use means that somebody " +
          "else has a copy: the session ends at once, with its sockets.",
      },
    })
    .post(
      "/logout",
      async ({ viewer }) => {
        await sessions.logout(viewer);
        return ok({ message: "Signed out" });
      },
      {
        auth: "user",
        limit: "DEFAULT",
        response: { 200: Envelope(Done), ...errors() },
        detail: {
          summary: "Sign out",
          description: "Ends the session that the access token belongs to: its tokens stop working at once.",
        },
      },
    )
    .post(
      "/logout-all",
      async ({ viewer }) => {
        await sessions.logoutAll(viewer.userId);
        return ok({ message: "Signed out everywhere" });
      },
      {
        auth: "user",
        limit: "DEFAULT",
        response: { 200: Envelope(Done), ...errors() },
        detail: {
          summary: "Sign out everywhere",
          description: "Ends every session of the caller, this one included, and closes their sockets.",
        },
      },
    );
}
