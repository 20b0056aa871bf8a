/**
 * Signing in by code, and tokens that are renewed once for everybody who asks. It knows no conversation.
 * @module
 */
import { RequestFailure } from "../failure.ts";
import { createRest } from "../rest.ts";
import type { ClientStorage, TokenReason } from "../types.ts";
import { type Store, Value } from "./stores.ts";

/** The tokens of a signed-in person. */
export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  /** Seconds from now; renewed when the server refuses it where it is unknown. */
  readonly expires_in?: number;
}

/** Who is signed in. */
export interface SignedIn {
  readonly user_id: string;
  readonly access_token: string;
  readonly refresh_token: string;
  /** Milliseconds since the epoch. */
  readonly expires_at: number | null;
}

/** What keeps somebody from signing in. */
export interface KeepingOut {
  readonly id: string;
  readonly kind: "suspend" | "ban";
  readonly reason: string;
  /** RFC 3339; null: for good. */
  readonly until: string | null;
}

/**
 * What a code led to: somebody known is signed in, unless a sanction keeps them out (the token is for POST /appeals);
 * somebody new has to sign up first.
 */
export type Verified =
  | { readonly user_exists: true; readonly sanction?: undefined }
  | { readonly user_exists: true; readonly sanction: KeepingOut; readonly appeal_token: string }
  | { readonly user_exists: false; readonly temp_token: string };

/** What somebody new says about themselves. */
export interface NewProfile {
  readonly name: string;
  /** YYYY-MM-DD */
  readonly date_of_birth: string;
  readonly gender: "male" | "female" | "non-binary";
  /** ISO 3166-1 alpha-2 */
  readonly country: string;
  readonly [field: string]: unknown;
}

interface SessionOptions {
  readonly url: string;
  readonly storage: ClientStorage;
  readonly fetch?: ((input: string, init: RequestInit) => Promise<Response>) | undefined;
}

export const SESSION_KEY = "vibesmatch.session";
/** A token that runs out this soon is renewed first, ms. */
const SOON_MS = 30_000;

interface Answer extends Tokens {
  readonly user?: { readonly id: string };
}

/** See the module. */
export class Session {
  readonly #options: SessionOptions;
  readonly #current = new Value<SignedIn | null>(null);
  #renewing: Promise<string> | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Null: nobody is signed in. */
  get current(): Store<SignedIn | null> {
    return this.#current;
  }

  /** Takes up what an earlier run of the app left. */
  async restore(): Promise<void> {
    const kept = await this.#read();
    if (kept && !this.#current.getSnapshot()) this.#current.set(kept);
  }

  /** Mails a code. @throws RequestFailure */
  async sendCode(email: string): Promise<void> {
    await this.#post("send-otp", { email });
  }

  /** @throws RequestFailure UNAUTHORIZED for a wrong code */
  async verify(email: string, code: string): Promise<Verified> {
    const data = await this.#post<
      Answer & { user_exists: boolean; temp_token: string; sanction?: KeepingOut; appeal_token: string }
    >("verify-otp", { email, code });
    if (!data.user_exists) return { user_exists: false, temp_token: data.temp_token };
    const { sanction, appeal_token } = data;
    if (sanction) return { user_exists: true, sanction, appeal_token };
    await this.use(data);
    return { user_exists: true };
  }

  /** @throws RequestFailure VALIDATION_ERROR with every field that is wrong */
  async signUp(tempToken: string, profile: NewProfile): Promise<void> {
    await this.use(await this.#post<Answer>("signup", profile, tempToken));
  }

  /** Takes tokens from elsewhere. */
  async use(tokens: Answer): Promise<void> {
    const { access_token, refresh_token, expires_in, user } = tokens;
    await this.#keep({
      user_id: user?.id ?? subjectOf(access_token),
      access_token,
      refresh_token,
      expires_at: expires_in === undefined ? null : Date.now() + expires_in * 1000,
    });
  }

  /** Ends the session here, and at the server if it can be reached. */
  async signOut(): Promise<void> {
    const signedIn = this.#current.getSnapshot();
    if (!signedIn) return;
    await this.#keep(null);
    await this.#post("logout", undefined, signedIn.access_token).catch(() => {});
  }

  /** An access token that is good now. @throws RequestFailure UNAUTHORIZED (not retryable) when nobody is signed in */
  token = async (reason: TokenReason): Promise<string> => {
    const signedIn = this.#current.getSnapshot();
    if (!signedIn) throw new RequestFailure("Cannot get a token: signed out", { code: "UNAUTHORIZED" });
    const { expires_at, access_token } = signedIn;
    const isOver = expires_at !== null && expires_at - Date.now() < SOON_MS;
    if (reason === "connect" && !isOver) return access_token;
    this.#renewing ??= this.#renew(signedIn).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  };

  async #renew(signedIn: SignedIn): Promise<string> {
    const { user_id, refresh_token } = signedIn;
    try {
      // Another tab on the same storage may have renewed it: using a refresh token twice would end the session.
      const kept = await this.#read();
      if (kept?.user_id === user_id && kept.refresh_token !== refresh_token) {
        this.#current.set(kept);
        return kept.access_token;
      }
      const tokens = await this.#post<Tokens>("refresh", { refresh_token });
      await this.use(tokens);
      return tokens.access_token;
    } catch (error) {
      if (error instanceof RequestFailure && !error.retryable && error.status !== undefined)
        await this.#keep(null);
      throw error;
    }
  }

  /** @returns The stored session; null without one, and when it cannot be parsed. */
  async #read(): Promise<SignedIn | null> {
    const text = await this.#options.storage.get(SESSION_KEY);
    try {
      return text ? (JSON.parse(text) as SignedIn | null) : null;
    } catch {
      return null;
    }
  }

  async #keep(signedIn: SignedIn | null): Promise<void> {
    await this.#options.storage.set(SESSION_KEY, JSON.stringify(signedIn));
    this.#current.set(signedIn);
  }

  async #post<T>(path: string, body: unknown, token?: string): Promise<T> {
    const { url, fetch } = this.#options;
    const rest = createRest({ url, ...(token && { token }), ...(fetch && { fetch }) });
    return (await rest<T>(`/api/v1/auth/${path}`, { method: "POST", body })).data;
  }
}

/** The token says whose it is; the server alone judges whether it is genuine. */
function subjectOf(token: string): string {
  const part = token.split(".")[1] ?? "";
  return (JSON.parse(atob(part.replace(/-/g, "+").replace(/_/g, "/"))) as { sub: string }).sub;
}
