/**
 * Looking people up, for staff: a search and the dossier. It changes nobody.
 * @module
 */

import type { Database } from "../../../db/client.ts";
import { cleanText, countCodePoints } from "../../../domain/text.ts";
import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { parseId } from "../../../lib/ids.ts";
import { type PageOf, type PageOptions, toPage } from "../../../lib/page.ts";
import { AppError, invalid } from "../../../protocol/errors.ts";
import type { Actor } from "../staff/judging.ts";
import { type PersonSearch, selectDossier, selectPeople } from "./queries.ts";
import type { Dossier, PersonRow } from "./schema.ts";

/** See {@link createPeople}. */
export type People = ReturnType<typeof createPeople>;

/** @returns The service of look-ups. */
export function createPeople({ db }: { db: Pick<Database, "sql"> }) {
  return {
    /**
     * @param query An id, a whole e-mail address, or the beginning of a name (two characters or more).
     * @throws VALIDATION_ERROR
     */
    async search(viewer: Actor, query: string, { limit, cursor }: PageOptions): Promise<PageOf<PersonRow>> {
      const after = cursor === undefined ? null : decodeCursor(cursor).id;
      const rows = await selectPeople(db.sql, {
        viewerId: viewer.id,
        search: toSearch(query),
        after,
        limit: limit + 1,
      });
      const encode = ({ id, created_at }: PersonRow) => encodeCursor({ id, createdAt: created_at });
      return toPage(rows, limit, encode);
    },

    /** @throws USER_NOT_FOUND, FORBIDDEN for oneself: it tells who reported. */
    async show(viewer: Actor, id: string): Promise<Dossier> {
      if (viewer.id === id) throw new AppError("FORBIDDEN", "Cannot open one's own dossier");
      const dossier = await selectDossier(db.sql, { userId: id, viewerId: viewer.id });
      if (!dossier) throw new AppError("USER_NOT_FOUND");
      return dossier;
    },
  };
}

function toSearch(query: string): PersonSearch {
  const text = cleanText(query);
  const id = parseId(text);
  if (id !== undefined) return { id };
  if (text.includes("@")) return { email: text.toLowerCase() };
  if (countCodePoints(text) >= 2) return { name: text };
  const message = "must be an id, an e-mail address, or at least two characters of a name";
  throw invalid({ path: "query.query", code: "format", message });
}
