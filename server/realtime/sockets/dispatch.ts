/**
 * Carries out a client's event, in whichever framing it came: checks it against the catalogue, counts it against its
 * limit, and calls the service that REST calls too. It writes to no socket.
 * @module
 */
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import type { RateLimits } from "../../backplane/mod.ts";
import type { MessageService } from "../../features/messages/mod.ts";
import { invalid } from "../../http/input.ts";
import { AppError } from "../../protocol/errors.ts";
import { CLIENT_EVENTS, type ClientEventData, type ClientEventName } from "../../protocol/events.ts";
import { textProblem } from "../../protocol/text.ts";
import type { Typing } from "../people/typing.ts";
import type { Connection } from "./connection.ts";

/** All but the one that authenticates, which the receiver handles. */
type Handled = Exclude<ClientEventName, "authenticate">;
type Handlers = {
  readonly [E in Handled]: (connection: Connection, data: ClientEventData<E>) => Promise<object | undefined>;
};

interface DispatchDeps {
  readonly messages: Pick<MessageService, "send" | "markRead">;
  readonly limits: Pick<RateLimits, "consume">;
  readonly typing: Typing;
  /** Switches the statistics of a member of staff on or off. */
  readonly watch: (connection: Connection, watching: boolean) => void;
}

/** Carries out one event; @returns the data of its confirmation. */
export type Dispatch = (connection: Connection, event: string, data: unknown) => Promise<object | undefined>;

/**
 * An event of the catalogue without a handler does not compile.
 *
 * @returns The dispatch. It rejects with AppError for whatever the client did wrong.
 */
export function createDispatch({ messages, limits, typing, watch }: DispatchDeps): Dispatch {
  const handlers: Handlers = {
    send_message: ({ member }, data) =>
      messages.send(member!.userId, {
        receiverId: data.receiver_id,
        conversationId: data.conversation_id,
        content: data.content,
        messageType: data.message_type,
        clientMessageId: data.client_message_id,
      }),
    mark_read: ({ member }, { message_id }) => messages.markRead(member!.userId, message_id),
    async typing_start(connection, { conversation_id }) {
      await typing.start(connection, conversation_id);
      return {};
    },
    async typing_stop(connection, { conversation_id }) {
      await typing.stop(connection, conversation_id);
      return {};
    },
    async admin_subscribe(connection, { stats }) {
      if (connection.role === "user") throw new AppError("FORBIDDEN");
      watch(connection, stats);
      return { stats };
    },
  };

  return async function dispatch(connection, event, data) {
    if (!isHandled(event)) {
      throw invalid("event", "is no event that clients send");
    }
    const checked = checkData(event, data);
    const { limit } = CLIENT_EVENTS[event] as { limit?: "WS_SEND_MESSAGE" | "WS_TYPING" | "WS_MARK_READ" };
    if (limit) {
      const { userId } = connection.member!;
      // Typing is counted for each conversation by itself.
      const about = limit === "WS_TYPING" ? (checked as { conversation_id: string }).conversation_id : "";
      await limits.consume(limit, about === "" ? userId : `${userId}:${about}`);
    }
    const handler = handlers[event] as (connection: Connection, data: unknown) => Promise<object | undefined>;
    return await handler(connection, checked);
  };
}

function isHandled(event: string): event is Handled {
  return event !== "authenticate" && Object.hasOwn(CLIENT_EVENTS, event);
}

const MAX_PROBLEMS = 10;
const checks = new Map<ClientEventName, TypeCheck<(typeof CLIENT_EVENTS)[ClientEventName]["data"]>>();

/**
 * @returns The declared fields of an event's data, and no other.
 * @throws VALIDATION_ERROR with `[{path, message}]`.
 */
export function checkData<E extends ClientEventName>(event: E, data: unknown): ClientEventData<E> {
  const schema = CLIENT_EVENTS[event].data;
  let check = checks.get(event);
  if (!check) {
    check = TypeCompiler.Compile<(typeof CLIENT_EVENTS)[ClientEventName]["data"]>(schema);
    checks.set(event, check);
  }
  if (!check.Check(data)) {
    const problems = [...check.Errors(data)].slice(0, MAX_PROBLEMS);
    throw new AppError(
      "VALIDATION_ERROR",
      undefined,
      problems.map(({ path, message }) => ({ path: path.slice(1).replaceAll("/", "."), message })),
    );
  }
  const given = data as unknown as Record<string, unknown>;
  const kept = Object.keys(schema.properties).filter((key) => Object.hasOwn(given, key));
  for (const key of kept) {
    const value = given[key];
    // The same rule as for the bodies of REST.
    const problem = typeof value === "string" ? textProblem(value) : undefined;
    if (problem) throw invalid(key, problem);
  }
  return check.Decode(Object.fromEntries(kept.map((key) => [key, given[key]]))) as ClientEventData<E>;
}
