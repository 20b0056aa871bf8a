/**
 * Carries out a client's event, in whichever framing it came: checks it against the catalogue, counts it against its
 * limit, and calls the service that REST calls too. It writes to no socket.
 * @module
 */
import type { RateLimits } from "../../backplane/mod.ts";
import { messageFlaws } from "../../domain/text.ts";
import { checkInput } from "../../domain/validation.ts";
import type { MessageService, SentMessage } from "../../features/messages/mod.ts";
import { newId } from "../../lib/ids.ts";
import { AppError, invalid, type Problem } from "../../protocol/errors.ts";
import { CLIENT_EVENTS, type ClientEventData, type ClientEventName } from "../../protocol/events.ts";
import { withRules } from "../../protocol/fields.ts";
import { Phase } from "../people/member.ts";
import type { Typing } from "../people/typing.ts";
import type { FrameId } from "./codec.ts";
import type { Connection } from "./connection.ts";
import { PendingSends } from "./pending_sends.ts";

/** All but the one that authenticates, which the receiver handles. */
type Handled = Exclude<ClientEventName, "authenticate">;
type Handler<E extends Handled> = (
  connection: Connection,
  data: ClientEventData<E>,
  id: FrameId | undefined,
) => Promise<object | undefined>;
type Handlers = { readonly [E in Handled]: Handler<E> };

interface DispatchDeps {
  readonly messages: Pick<MessageService, "send" | "markRead">;
  readonly limits: Pick<RateLimits, "consume">;
  readonly typing: Typing;
  /** A device has its person's log up to there. */
  readonly received: (sessionId: string, seq: number) => void;
  /** Switches the statistics of a member of staff on or off. */
  readonly watch: (connection: Connection, watching: boolean) => void;
}

/** With the rules that no schema can write. */
const SEND_MESSAGE = withRules(CLIENT_EVENTS.send_message.data, messageFlaws);

/** What a client asks for. */
interface Asked {
  readonly event: string;
  readonly data: unknown;
  /** The client's own name for the frame; without one nothing is confirmed. */
  readonly id: FrameId | undefined;
}

/** Carries out one event; @returns the data of its confirmation, undefined where that is written in another place. */
export type Dispatch = (connection: Connection, asked: Asked) => Promise<object | undefined>;

/**
 * An event of the catalogue without a handler does not compile.
 *
 * @returns The dispatch. It rejects with AppError for whatever the client did wrong.
 */
export function createDispatch({ messages, limits, typing, received, watch }: DispatchDeps): Dispatch {
  const handlers: Handlers = {
    async send_message(connection, data, id) {
      const messageId = newId();
      if (id !== undefined) {
        connection.sends ??= new PendingSends();
        connection.sends.begin(messageId, id);
      }
      try {
        const answer = await messages.send(connection.member!.userId, {
          messageId,
          receiverId: data.receiver_id,
          conversationId: data.conversation_id,
          content: data.content,
          messageType: data.message_type,
          clientMessageId: data.client_message_id,
        });
        return confirmNow(connection, messageId, answer);
      } catch (error) {
        connection.sends?.take(messageId);
        throw error;
      }
    },
    mark_read: ({ member }, { message_id }) => messages.markRead(member!.userId, message_id),
    async typing_start(connection, { conversation_id }) {
      await typing.start(connection, conversation_id);
      return {};
    },
    async typing_stop(connection, { conversation_id }) {
      await typing.stop(connection, conversation_id);
      return {};
    },
    async received(connection, { seq }) {
      connection.saysReceived = true;
      // Nobody has received what was not written to them.
      received(connection.sessionId, Math.min(seq, connection.seq));
      return {};
    },
    async admin_subscribe(connection, { stats }) {
      if (connection.role === "user") throw new AppError("FORBIDDEN");
      watch(connection, stats);
      return { stats };
    },
  };

  return async function dispatch(connection, { event, data, id }) {
    if (!isHandled(event)) {
      throw invalid({ path: "event", code: "unknown_value", message: "must be an event that clients send" });
    }
    const checked = checkData(event, data);
    const { limit } = CLIENT_EVENTS[event] as { limit?: "WS_SEND_MESSAGE" | "WS_TYPING" | "WS_MARK_READ" };
    if (limit) {
      const { userId } = connection.member!;
      // Typing is counted for each conversation by itself.
      const about = limit === "WS_TYPING" ? (checked as { conversation_id: string }).conversation_id : "";
      await limits.consume(limit, about === "" ? userId : `${userId}:${about}`);
    }
    const handler = handlers[event] as Handler<Handled>;
    try {
      return await handler(connection, checked as never, id);
    } catch (error) {
      throw error instanceof AppError ? inFrame(error) : error;
    }
  };
}

/**
 * A stored message is confirmed at its event's place in the log (see {@link PendingSends}).
 *
 * @returns The confirmation, where the event does not take its place: it is a retry of what this socket did not send
 *   or was told of before, or a block hides it. Undefined when it was confirmed, or will be once the events before it are
 *   there.
 */
function confirmNow(connection: Connection, messageId: string, answer: SentMessage): SentMessage | undefined {
  const { sends, phase, seq, member } = connection;
  if (!sends?.has(messageId)) return undefined;
  const isRetry = answer.message_id !== messageId;
  if (isRetry && sends.join(answer.message_id, messageId)) return undefined;
  const isOnItsWay = !isRetry && (phase !== Phase.Live || seq < member!.head);
  if (isOnItsWay) sends.stored(messageId, answer);
  else sends.take(messageId);
  return isOnItsWay ? undefined : answer;
}

/** Services name fields as bodies have them; in a frame the same fields are under `data`. */
function inFrame(error: AppError): AppError {
  if (!Array.isArray(error.details)) return error;
  const problems = (error.details as readonly Problem[]).map(({ path, ...flaw }) => ({
    path: path.replace(/^body\./, "data."),
    ...flaw,
  }));
  return new AppError(error.code, error.message.replace("body.", "data."), problems);
}

function isHandled(event: string): event is Handled {
  return event !== "authenticate" && Object.hasOwn(CLIENT_EVENTS, event);
}

/**
 * @returns The declared fields of an event's data, and no other, decoded.
 * @throws VALIDATION_ERROR naming every bad field, CONTENT_TOO_LONG
 */
export function checkData<E extends ClientEventName>(event: E, data: unknown): ClientEventData<E> {
  const schema = event === "send_message" ? SEND_MESSAGE : CLIENT_EVENTS[event].data;
  return checkInput(schema, data, "data") as ClientEventData<E>;
}
