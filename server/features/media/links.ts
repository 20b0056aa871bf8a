/**
 * Signed links to objects: who has one may use it until it ends, without a token. A link of a picture lives one to two
 * minutes and is the same for a minute, so that browsers can keep what they have loaded.
 * @module
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../lib/clock.ts";

/** What a link leads to. */
export type Variant = "picture" | "thumb" | "upload";

/** The facts that a link carries. */
export interface LinkFacts {
  readonly id: string;
  readonly variant: Variant;
  /** Seconds since the epoch. */
  readonly expires: number;
}

/** Seconds that a link to a picture lives at most. */
const PICTURE_SECONDS = 120;
/** For so long links of one picture are the same. */
const STEP_SECONDS = 60;
/** Seconds in which a file must have been uploaded. */
export const UPLOAD_SECONDS = 900;

/** Makes and checks links. */
export interface Links {
  /** @returns A path below the root, with its signature; it is good for 60–120 s. */
  view(id: string, variant: "picture" | "thumb"): string;
  /** @returns The same for a PUT. */
  upload(id: string): string;
  /** @returns Seconds that the link is still good for; 0 for one that is not, or not ours. */
  secondsLeft(facts: LinkFacts, signature: string): number;
}

/** @param secret Of the server: the key of the links is derived from it. */
export function createLinks({ secret, clock }: { secret: string; clock: Clock }): Links {
  const key = createHmac("sha256", secret).update("vibesmatch/media-links").digest();
  const sign = ({ id, variant, expires }: LinkFacts) =>
    createHmac("sha256", key).update(`${variant}/${id}/${expires}`).digest();
  const nowSeconds = () => Math.floor(clock.now() / 1_000);

  function link(facts: LinkFacts): string {
    const { id, variant, expires } = facts;
    return `/media/${id}/${variant}?expires=${expires}&signature=${sign(facts).toString("base64url")}`;
  }

  return {
    view(id, variant) {
      const step = Math.floor(nowSeconds() / STEP_SECONDS) * STEP_SECONDS;
      return link({ id, variant, expires: step + PICTURE_SECONDS });
    },
    upload: (id) => link({ id, variant: "upload", expires: nowSeconds() + UPLOAD_SECONDS }),
    secondsLeft(facts, signature) {
      const given = Buffer.from(signature, "base64url");
      const right = sign(facts);
      const isOurs = given.length === right.length && timingSafeEqual(given, right);
      return isOurs ? Math.max(0, facts.expires - nowSeconds()) : 0;
    },
  };
}
