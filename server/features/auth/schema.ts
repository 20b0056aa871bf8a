/**
 * Signing in on the wire: codes, tokens, sign-up.
 * @module
 */
import { type Static, Type } from "@sinclair/typebox";
import { ACCESS_TOKEN_SECONDS, APPEAL_TOKEN_SECONDS, SIGNUP_TOKEN_SECONDS } from "../../lib/tokens.ts";
import { TextField, withRules } from "../../protocol/fields.ts";
import { literals, Nullable, Timestamp, Uuid } from "../../protocol/models.ts";
import { EMAIL_MAX, emailFlaw, OwnProfile, ProfileFields, profileFlaws } from "../users/mod.ts";
import { OTP_PATTERN, OTP_SECONDS } from "./otp.ts";

const Email = TextField({
  min: 3,
  max: EMAIL_MAX,
  description: "E-mail address, in upper or lower case",
  examples: ["jane@example.com"],
  check: emailFlaw,
});

const tokenFields = {
  access_token: Type.String({ description: "JWT, good for an hour: `Authorization: Bearer …`" }),
  refresh_token: Type.String({ description: "Opaque, good for 30 days and for one use" }),
  expires_in: Type.Integer({
    description: "Seconds the access token is good for",
    examples: [ACCESS_TOKEN_SECONDS],
  }),
};

/** An access token and the refresh token that comes after it. */
export const TokenPair = Type.Object(tokenFields);
export type TokenPair = Static<typeof TokenPair>;

export const SendOtpBody = Type.Object({ email: Email });

export const CodeSent = Type.Object({
  message: Type.String({ examples: ["A code is on its way to this address"] }),
  expires_in: Type.Integer({ description: "Seconds the code is good for", examples: [OTP_SECONDS] }),
});
export type CodeSent = Static<typeof CodeSent>;

export const VerifyOtpBody = Type.Object({
  email: Email,
  code: Type.String({ pattern: OTP_PATTERN, description: "six digits", examples: ["042137"] }),
});

export const SignedIn = Type.Object({ ...tokenFields, user: OwnProfile });
export type SignedIn = Static<typeof SignedIn>;

/** What keeps somebody out, as they are told. */
export const VerifiedSanction = Type.Object({
  id: Uuid,
  kind: literals(["suspend", "ban"], { description: "`ban` when a second moderator has confirmed it" }),
  reason: Type.String(),
  until: Nullable(Timestamp, { description: "Null: for good" }),
});
export type VerifiedSanction = Static<typeof VerifiedSanction>;

/** Somebody known is signed in; somebody new gets what signing up takes; whoever is kept out, what an appeal takes. */
export const Verified = Type.Union([
  Type.Object({ user_exists: Type.Literal(true), ...tokenFields, user: OwnProfile }),
  Type.Object({
    user_exists: Type.Literal(false),
    temp_token: Type.String({ description: "For POST /auth/signup, good for 15 minutes" }),
    expires_in: Type.Integer({
      description: "Seconds the temp_token is good for",
      examples: [SIGNUP_TOKEN_SECONDS],
    }),
    message: Type.String({ examples: ["The address is confirmed: sign up with the temp_token"] }),
  }),
  Type.Object({
    user_exists: Type.Literal(true),
    sanction: VerifiedSanction,
    appeal_token: Type.String({ description: "For POST and GET /appeals, good for an hour" }),
    expires_in: Type.Integer({
      description: "Seconds the appeal_token is good for",
      examples: [APPEAL_TOKEN_SECONDS],
    }),
  }),
]);
export type Verified = Static<typeof Verified>;

export const SignupBody = withRules(ProfileFields, profileFlaws);
export type SignupBody = Static<typeof SignupBody>;

export const RefreshBody = Type.Object({
  refresh_token: Type.String({ minLength: 1, maxLength: 512 }),
});

export const Done = Type.Object({ message: Type.String({ examples: ["Signed out"] }) });
export type Done = Static<typeof Done>;
