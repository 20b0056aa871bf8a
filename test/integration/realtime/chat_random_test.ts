/**
 * The chat store under any order of kills, lost networks, duplicates and restarts: in the end it shows the server's
 * history and unread count.
 */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { type Chat, type ClientStorage, createChat } from "../../../client/chat/mod.ts";
import type { TestUser } from "../../harness/app.ts";
import { eventually } from "../../harness/eventually.ts";
import { startNodes, type TestNode } from "../../harness/nodes.ts";
import { startProxy } from "../../harness/proxy.ts";

setDefaultTimeout(240_000);

const { nodes, createPair, close } = await startNodes(2);
const [one, two] = nodes as [TestNode, TestNode];
const proxy = await startProxy(Number(new URL(one.url).port));
afterAll(async () => {
  await proxy.close();
  await close();
});

/** A device: what it has stored survives the app, and nothing of the app survives its end. */
class Device {
  readonly person: TestUser;
  readonly texts = new Map<string, string>();
  chat!: Chat;
  #run = 0;

  constructor(person: TestUser) {
    this.person = person;
  }

  async start(): Promise<void> {
    const run = ++this.#run;
    const storage: ClientStorage = {
      get: (key) => this.texts.get(key),
      // A process that was killed writes nothing any more.
      set: (key, text) => run === this.#run && this.texts.set(key, text),
    };
    this.chat = createChat({
      url: `http://127.0.0.1:${proxy.port}`,
      storage,
      session: { access_token: this.person.token, refresh_token: "unused" },
      client: { minDelayMs: 2, maxDelayMs: 20 },
      onError: () => {},
    });
    await this.chat.start();
  }

  async kill(): Promise<void> {
    this.#run++;
    await this.chat.close();
    await this.start();
  }

  /** An older state of the storage, as after a restored backup of a phone or a lost write: events are told again. */
  async rewind(before: ReadonlyMap<string, string>): Promise<void> {
    this.#run++;
    await this.chat.close();
    for (const [key, text] of before) this.texts.set(key, text);
    await this.start();
  }
}

const STEPS = [
  "send",
  "send",
  "read",
  "open",
  "older",
  "cut",
  "move",
  "kill",
  "close",
  "keep",
  "rewind",
  "trim",
  "wait",
] as const;
const plans = fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.nat({ max: 1 })), {
  minLength: 10,
  maxLength: 40,
});

test("any order of kills, lost networks, duplicates and restarts converges", async () => {
  await fc.assert(fc.asyncProperty(plans, converges), { numRuns: 25, endOnFailure: true });
});

async function converges(plan: readonly (readonly [(typeof STEPS)[number], number])[]): Promise<void> {
  const { ana, ben, conversationId: id } = await createPair();
  const devices = [new Device(ana), new Device(ben)] as const;
  await Promise.all(devices.map((device) => device.start()));
  const kept = devices.map(({ texts }) => new Map(texts));
  const written: string[] = [];
  for (const [step, index] of plan) {
    const device = devices[index]!;
    const { chat } = device;
    if (step === "send") {
      const content = `${written.length + 1}`;
      written.push(content);
      chat.send({ receiver_id: devices[1 - index]!.person.id, content });
      // Until the storage, which is at once here, has been asked.
      await new Promise(setImmediate);
    } else if (step === "read") void chat.markRead(id);
    else if (step === "open") void chat.open(id);
    else if (step === "older") void chat.loadOlder(id).catch(() => {});
    else if (step === "cut") proxy.cut();
    else if (step === "move") {
      proxy.retarget(Number(new URL([one, two][index]!.url).port));
      proxy.cut();
    } else if (step === "kill") await device.kill();
    else if (step === "close") {
      await chat.close();
      await device.start();
    } else if (step === "keep") {
      // A state with messages that wait would send them again, which the server knows; one without loses them.
      if (chat.unsent.getSnapshot().length === 0) kept[index] = new Map(device.texts);
    } else if (step === "rewind") {
      await eventually(() => chat.unsent.getSnapshot().length === 0);
      await device.rewind(kept[index]!);
    } else if (step === "trim") {
      // While the app is closed: its position is older than the log then.
      await chat.close();
      await one.context.database.sql`
        with noted as (
          update user_logs set trimmed_seq = last_seq where user_id = ${device.person.id} returning trimmed_seq
        )
        delete from user_events using noted where user_id = ${device.person.id} and seq <= trimmed_seq
      `;
      await device.start();
    } else await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await Promise.all(devices.map(({ chat }) => eventually(() => item(chat, id), { what: "the list" })));
  await Promise.all(devices.map(({ chat }) => chat.open(id)));
  for (const device of devices) {
    let last: unknown;
    await eventually(async () => {
      const [is, should] = [shown(device.chat, id), await stored(device.person, id)];
      last = { is, should };
      return Bun.deepEquals(is, should);
    }).catch(() => expect(last).toEqual(undefined));
    expect(device.chat.unread.getSnapshot()).toBe(item(device.chat, id)!.unread_count);
  }
  // Nothing that was written is lost, and nothing is there twice.
  expect(shown(devices[0].chat, id).contents.toSorted()).toEqual(written.toSorted());
  await Promise.all(devices.map(({ chat }) => chat.close()));
}

function item(chat: Chat, id: string) {
  return chat.conversations.getSnapshot().find((one) => one.id === id);
}

function shown(chat: Chat, id: string) {
  const messages = chat.messages(id).getSnapshot();
  const { user: _, ...facts } = item(chat, id)!;
  return {
    ...facts,
    contents: messages.map(({ content }) => content),
    seqs: messages.map(({ seq, state }) => (state === "sent" ? seq : state)),
    read: messages.map(({ is_read }) => is_read),
  };
}

async function stored(person: TestUser, id: string) {
  const { token } = person;
  const { body: list } = await one.request("GET", `/api/v1/conversations/${id}`, { token });
  const { user: _, ...facts } = list.data.conversation;
  const { body } = await one.request("GET", `/api/v1/conversations/${id}/messages?limit=50`, { token });
  const messages: { content: string; seq: number; is_read: boolean }[] = body.data.messages;
  return {
    ...facts,
    contents: messages.map(({ content }) => content),
    seqs: messages.map(({ seq }) => seq),
    read: messages.map(({ is_read }) => is_read),
  };
}
