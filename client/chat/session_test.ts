import { expect, test } from "bun:test";
import { Session } from "./session.ts";
import { memoryStorage } from "./storage.ts";

/** A server that takes each refresh token once. */
class Tokens {
  #valid = "refresh 0";
  #given = 0;

  readonly fetch = async (_: string, init: RequestInit): Promise<Response> => {
    const { refresh_token } = JSON.parse(String(init.body));
    if (refresh_token !== this.#valid) {
      const error = { code: "UNAUTHORIZED", message: "used", details: [] };
      return Response.json({ success: false, error }, { status: 401 });
    }
    this.#valid = `refresh ${++this.#given}`;
    const data = { access_token: tokenOf(this.#given), refresh_token: this.#valid, expires_in: 3600 };
    return Response.json({ success: true, data });
  };

  get given(): number {
    return this.#given;
  }
}

function tokenOf(number: number): string {
  return `head.${btoa(JSON.stringify({ sub: "ana", number }))}.signature`;
}

test("two tabs on one storage use each refresh token once, whoever renews first", async () => {
  const tokens = new Tokens();
  const storage = memoryStorage();
  const open = () => new Session({ url: "http://127.0.0.1:1", storage, fetch: tokens.fetch });
  const [first, second] = [open(), open()];
  await first.use({ access_token: tokenOf(0), refresh_token: "refresh 0", expires_in: 0 });
  await second.restore();
  expect(second.current.getSnapshot()?.user_id).toBe("ana");
  const asked = [first.token("connect"), first.token("expiring"), first.token("rejected")];
  expect(await Promise.all(asked)).toEqual([tokenOf(1), tokenOf(1), tokenOf(1)]);
  expect(await second.token("rejected")).toBe(tokenOf(1));
  expect(await second.token("rejected")).toBe(tokenOf(2));
  expect(await first.token("rejected")).toBe(tokenOf(2));
  expect(tokens.given).toBe(2);
  expect(first.current.getSnapshot()).toEqual(second.current.getSnapshot());
});

test("a refused refresh signs out, here and in the storage; a lost network does not", async () => {
  const tokens = new Tokens();
  const storage = memoryStorage();
  const session = new Session({ url: "http://127.0.0.1:1", storage, fetch: tokens.fetch });
  const offline = new Session({
    url: "http://127.0.0.1:1",
    storage,
    fetch: () => Promise.reject(new Error("offline")),
  });
  await session.use({ access_token: tokenOf(0), refresh_token: "stolen" });
  await offline.restore();
  expect(await offline.token("rejected").catch(({ code }) => code)).toBe("UNREACHABLE");
  expect(offline.current.getSnapshot()).not.toBe(null);
  expect(await session.token("rejected").catch(({ code }) => code)).toBe("UNAUTHORIZED");
  expect(session.current.getSnapshot()).toBe(null);
  const later = new Session({ url: "http://127.0.0.1:1", storage });
  await later.restore();
  expect(later.current.getSnapshot()).toBe(null);
});
