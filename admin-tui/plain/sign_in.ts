/**
 * Sign-in in plain mode.
 * @module
 */
import { failureOf } from "../desk/failure.ts";
import type { Session } from "../desk/session.ts";
import type { Talk } from "./talk.ts";

const TRIES = 3;

/** @returns Whether somebody is signed in now. */
export async function signInPlainly(session: Session, talk: Talk): Promise<boolean> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const email = (await talk.ask("E-mail:"))?.trim();
    if (!email) return false;
    try {
      await session.sendCode(email);
      const code = (await talk.ask("A code was sent. Code:"))?.replaceAll(" ", "");
      if (!code) return false;
      await session.signIn(email, code);
      return true;
    } catch (error) {
      talk.say(`Not signed in: ${failureOf(error).text}`);
    }
  }
  return false;
}
