/**
 * The types of the wire without TypeBox, out of the event catalogue: `client/wire.ts`, which `bun run generate` writes.
 * @module
 */
import { interfaceText } from "../server/docs/type_text.ts";
import { ConversationItem } from "../server/features/conversations/schema.ts";
import { MatchItem } from "../server/features/matches/schema.ts";
import { RequestItem } from "../server/features/requests/schema.ts";
import { ERRORS } from "../server/protocol/errors.ts";
import { CLIENT_EVENTS, DURABLE_EVENTS, EPHEMERAL_EVENTS } from "../server/protocol/events.ts";
import { Message, UserCard } from "../server/protocol/models.ts";

const HEAD = `/**
 * What travels on the socket, as plain types, and which errors may pass. Generated from server/protocol/events.ts and
 * errors.ts by \`bun run generate\`.
 * @module
 */
`;

const MODELS = {
  Conversation: { doc: "A conversation as one of its two people sees it.", schema: ConversationItem },
  Match: { doc: "A match as one of its two people sees it.", schema: MatchItem },
  Message: { doc: "A message as its two people see it.", schema: Message },
  MessageRequest: {
    doc: "A message request: with its sender where it was received, else with its receiver.",
    schema: RequestItem,
  },
  UserCard: { doc: "How one person sees another in a list.", schema: UserCard },
};
const NAMES: ReadonlySet<string> = new Set(Object.keys(MODELS));

const TAIL = `export interface ServerEvents extends DurableEvents, EphemeralEvents {}

export type ClientEventName = keyof ClientEvents;
export type DurableEventName = keyof DurableEvents;
export type ServerEventName = keyof ServerEvents;
/** Payload of an event that a client sends. */
export type ClientEventData<E extends ClientEventName> = ClientEvents[E];
/** Payload of an event that the server sends. */
export type EventData<E extends ServerEventName> = ServerEvents[E];
export type MessageType = EventData<"new_message">["message_type"];

export type Conversation = Models["Conversation"];
export type Match = Models["Match"];
export type Message = Models["Message"];
export type UserCard = Models["UserCard"];
export type MessageRequest = Models["MessageRequest"];
`;

/** The client needs no more of the table, whose texts would be a tenth of its size. */
function retryableCodes(): string {
  const codes = Object.entries(ERRORS).flatMap(([code, { retryable }]) => (retryable ? [code] : []));
  const lines = codes.map((code) => `  "${code}",\n`).join("");
  return `/** Errors of the server after which the same request may succeed. */\nexport const RETRYABLE: ReadonlySet<string> = new Set([\n${lines}]);\n`;
}

/** @returns The whole file. */
export function wireTypes(): string {
  const documented = (events: Readonly<Record<string, { doc: string; data: unknown }>>) =>
    Object.fromEntries(Object.entries(events).map(([name, { doc, data }]) => [name, { doc, schema: data }]));
  return [
    HEAD,
    "/** Events that a client sends. */",
    interfaceText("ClientEvents", documented(CLIENT_EVENTS), NAMES),
    "/** Events with a position in the person's log: kept, and replayed in order. */",
    interfaceText("DurableEvents", documented(DURABLE_EVENTS), NAMES),
    "/** Events that are gone with the socket: answers, presence, typing, staff streams. */",
    interfaceText("EphemeralEvents", documented(EPHEMERAL_EVENTS), NAMES),
    "/** What REST answers with. */",
    interfaceText("Models", MODELS, NAMES),
    "/** Events that the server sends. */",
    TAIL,
    retryableCodes(),
  ].join("\n");
}
