/** The hooks in a real React renderer: they show what the stores hold, and render again when it changes. */
import { expect, test } from "bun:test";
import { Text } from "ink";
import { render } from "ink-testing-library";
import { eventually } from "../../test/harness/eventually.ts";
import { type Chat, createChat } from "../chat/mod.ts";
import { type Store, Value } from "../chat/stores.ts";
import { useConnection, useConversations, useMessages, useStore, useTyping } from "./mod.ts";

const messages = new Value<readonly { content: string }[]>([]);
const typing = new Value(false);
const opened: string[] = [];
const real = createChat({ url: "http://127.0.0.1:1" });
const chat: Chat = {
  ...real,
  messages: () => messages as unknown as ReturnType<Chat["messages"]>,
  typing: () => typing,
  open: async (id) => void opened.push(id),
};

function Screen() {
  const list = useConversations(chat).length;
  const history = useMessages(chat, "c1").map(({ content }) => content);
  const { state } = useConnection(chat);
  const unread = useStore(chat.unread as Store<number>);
  return <Text>{[list, history.join("+"), useTyping(chat, "c1"), state, unread].join(" ")}</Text>;
}

test("five hooks", async () => {
  const { lastFrame, unmount } = render(<Screen />);
  expect(lastFrame()).toBe("0  false signed_out 0");
  await eventually(() => opened.join() === "c1");
  messages.set([{ content: "a" }, { content: "b" }]);
  typing.set(true);
  await eventually(() => lastFrame() === "0 a+b true signed_out 0");
  unmount();
});
