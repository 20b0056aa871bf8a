/**
 * Reads a conversation's whole history by REST, patiently: the verdict of a run depends on it, and a server that was just
 * restarted may refuse a page at first.
 * @module
 */
import { RequestFailure, type Rest } from "../../client/mod.ts";

/** Messages of a page. */
const PAGE = 100;
const ATTEMPTS = 10;
const PAUSE_MS = 1_000;

/** @returns The whole history, the oldest first. @throws RequestFailure when a page is refused ten times. */
export async function readHistory(
  { rest }: { readonly rest: Rest },
  conversationId: string,
): Promise<{ id: string; seq: number }[]> {
  const pages: { id: string; seq: number }[][] = [];
  let cursor: string | undefined;
  do {
    const path = `/api/v1/conversations/${conversationId}/messages`;
    const page = await retried(() =>
      rest<{ messages: { id: string; seq: number }[] }>(path, { query: { limit: PAGE, cursor } }),
    );
    pages.unshift(page.data.messages);
    cursor = page.cursor ?? undefined;
  } while (cursor !== undefined);
  return pages.flat();
}

async function retried<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof RequestFailure) || !error.retryable || attempt === ATTEMPTS) throw error;
      await Bun.sleep(error.retryAfterMs ?? PAUSE_MS);
    }
  }
}
