/**
 * Messages that one statement cannot decide about: no conversation yet, one that waits for this sender's reply, or a
 * picture that is claimed with it. Each is one transaction under the lock of the pair, so that of two that race to open
 * or answer something exactly one does. It knows no HTTP and no batch.
 * @module
 */

import { lockPair } from "../../db/pair.ts";
import type { Standing } from "../../db/standing.ts";
import type { Work } from "../../db/unit_of_work.ts";
import { newId } from "../../lib/ids.ts";
import {
  type AppendOptions,
  appendMessage,
  openConversation,
  placeRequestMessage,
  selectAttempt,
} from "../conversations/mod.ts";
import { createMatch } from "../matches/mod.ts";
import type { MediaService } from "../media/mod.ts";
import { acceptPending, cancelPendingBetween, findPending, insertRequestAction } from "../requests/mod.ts";
import type { NewMessage, Placed } from "./batch_sql.ts";
import { placedOf, selectStanding } from "./queries.ts";
import { refusalOf } from "./refusals.ts";
import { type Deed, judgeSend } from "./transitions.ts";

type Media = Pick<MediaService, "claim">;
type Pending = NonNullable<Awaited<ReturnType<typeof findPending>>>;

/**
 * Stores one message, alone, with all that follows from it.
 *
 * @returns Its place; of a retry, that of the original.
 * @throws What {@link refusalOf} knows; CONFLICT also when the key was used for something else.
 */
export async function sendSlowly(work: Work, message: NewMessage, media: Media): Promise<Placed> {
  const { sql } = work;
  const { senderId, receiverId, clientMessageId } = message;
  await lockPair(sql, senderId, receiverId);
  if (clientMessageId !== null) {
    const stored = await selectAttempt(sql, { senderId, receiverId, clientMessageId });
    if (stored) {
      const same =
        !stored.isRequest && stored.content === message.content && stored.messageType === message.messageType;
      const placed = same ? placedOf(stored) : null;
      if (!placed) throw refusalOf({ kind: "conflict" });
      return placed;
    }
  }
  const row = await selectStanding(sql, { senderId, receiverId });
  if (!row) throw refusalOf({ kind: "gone" });
  if (row.suspendedUntil !== null) throw refusalOf({ kind: "suspended", until: row.suspendedUntil });
  if (row.mutedUntil !== null) throw refusalOf({ kind: "muted", until: row.mutedUntil });
  const pending = row.conversationId === null ? await findPending(sql, senderId, receiverId) : null;
  const verdict = judgeSend({
    blocked: row.blocked,
    conversation: row.conversationStatus,
    awaited: row.awaitingReplyFrom === senderId,
    elsewhere: message.namedConversationId !== null && message.namedConversationId !== row.conversationId,
    receiverKnown: row.otherKnown,
    pending: pending === null ? null : pending.senderId === senderId ? "mine" : "theirs",
    premium: row.premium,
  });
  if ("refused" in verdict) throw refusalOf({ kind: verdict.refused });
  return await carryOut(work, { deed: verdict.deed, message, media, row, pending });
}

interface Order {
  readonly deed: Deed;
  readonly message: NewMessage;
  readonly media: Media;
  readonly row: Standing;
  readonly pending: Pending | null;
}

async function carryOut(work: Work, { deed, message, media, row, pending }: Order): Promise<Placed> {
  const { senderId, receiverId, content, messageType, clientMessageId } = message;
  const append = async (to: Pick<AppendOptions, "conversationId" | "requestId">) => {
    const { mediaId: id } = message;
    const claim = id && (await media.claim(work.sql, { id, ownerId: senderId, ...to }));
    return await appendMessage(work, {
      ...(claim && { media: claim }),
      id: message.id,
      senderId,
      receiverId,
      content,
      messageType,
      clientMessageId,
      ...to,
    });
  };
  const people = { a: senderId, b: receiverId };
  switch (deed) {
    case "append":
      return await append({ conversationId: row.conversationId! });
    case "answer": {
      const conversationId = row.conversationId!;
      const placed = await append({ conversationId });
      await createMatch(work, { ...people, type: "message_replied", conversationId });
      return placed;
    }
    case "reply": {
      const { conversationId } = await acceptPending(work, pending!, "message_replied");
      return await append({ conversationId, requestId: pending!.id });
    }
    case "open":
    case "supersede": {
      // Ended first: that puts the receiver back into the sender's discovery, which the direct message undoes.
      if (deed === "supersede") await cancelPendingBetween(work, senderId, receiverId);
      await insertRequestAction(work.sql, { id: newId(), senderId, receiverId });
      const { conversationId } = await openConversation(work, { ...people, awaitingReplyFrom: receiverId });
      if (deed === "supersede") {
        const { messageId } = pending!;
        await placeRequestMessage(work, { conversationId, messageId, requestStatus: "cancelled" });
      }
      return await append({ conversationId });
    }
  }
}
