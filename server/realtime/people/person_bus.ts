/**
 * Sends messages about a person to every node that holds them: to this one directly, to the others over the bus. What a
 * message leads to is the hub's.
 * @module
 */
import type { Bus } from "../../backplane/mod.ts";
import type { Counters } from "../stats/counters.ts";
import {
  decodeMessage,
  encodeMessage,
  type PersonMessage,
  topicOfUser,
  userOfTopic,
} from "./bus_messages.ts";
import type { Member } from "./member.ts";
import type { Members } from "./members.ts";

interface PersonBusDeps {
  readonly bus: Bus;
  readonly members: Members;
  readonly counters: Counters;
}

type Receive = (member: Member, message: PersonMessage) => void;

export class PersonBus {
  readonly #deps: PersonBusDeps;
  #receive: Receive = () => {};

  constructor(deps: PersonBusDeps) {
    this.#deps = deps;
  }

  /** @param receive Called with each message about a person who is held here. */
  onMessage(receive: Receive): void {
    this.#receive = receive;
  }

  send(userId: string, message: PersonMessage): void {
    const { bus, members, counters } = this.#deps;
    const member = members.get(userId);
    if (member) this.#receive(member, message);
    if (bus.alone) return;
    bus.publish(topicOfUser(userId), encodeMessage(message));
    counters.busOut++;
  }

  /** Another node has sent a message; one of another version may send what this one does not understand. */
  heard(topic: string, payload: string): void {
    const member = this.#deps.members.get(userOfTopic(topic) ?? "");
    const message = member && decodeMessage(payload);
    if (message) this.#receive(member, message);
  }
}
