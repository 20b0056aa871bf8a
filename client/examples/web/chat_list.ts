/**
 * The list of conversations.
 * @module
 */
import type { ConversationItem } from "../../chat/mod.ts";
import { avatar } from "./avatar.ts";
import { writeTo } from "./dialogs.ts";
import { h, keyed, watch } from "./dom.ts";
import type { Part, Person, Ui } from "./ui.ts";
import { when } from "./words.ts";

/** See the module. */
export function chatList(ui: Ui): Part {
  const { chat, me, suggestion } = ui;
  const list = h("ul", { class: "rows", "aria-label": "Conversations" });
  const empty = h("div");
  const element = h("div", {}, list, empty);

  function row(item: ConversationItem): HTMLElement {
    const { id, last_message: last, unread_count: unread, user } = item;
    const isOnline = chat.presence.getSnapshot()[user.id] === true;
    const isTyping = chat.typing(id).getSnapshot();
    const said = last ? `${last.sender_id === me.id ? "You: " : ""}${last.content}` : "Say hello.";
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", class: unread > 0 ? "row unread" : "row", onclick: () => ui.open(id) },
        avatar(user, isOnline),
        h(
          "span",
          { class: "what" },
          h("strong", {}, user.name, isOnline && h("span", { class: "hidden" }, ", online")),
          h("span", { class: isTyping ? "preview typing" : "preview" }, isTyping ? "typing …" : said),
        ),
        h(
          "span",
          { class: "facts" },
          h("time", {}, when(item.last_activity)),
          unread > 0 && h("span", { class: "badge" }, `${unread}`, h("span", { class: "hidden" }, " unread")),
        ),
      ),
    );
  }

  function render(): void {
    const items = chat.conversations.getSnapshot();
    const online = chat.presence.getSnapshot();
    keyed(list, items, {
      key: ({ id }) => id,
      shows: (item) => [item, online[item.user.id], chat.typing(item.id).getSnapshot()],
      create: row,
    });
    for (const { id } of items) follow(id);
    const { received, sent } = chat.requests.getSnapshot();
    const isAsked = sent.some(({ receiver }) => receiver.id === suggestion?.id);
    const beginnings = items.length > 0 ? [] : [{ asking: received[0]?.sender, isAsked }];
    // Made anew only when it changes, so that a dialog can give the focus back to its button.
    keyed(empty, beginnings, { key: () => "beginning", shows: (it) => it, create: beginning });
  }

  /** What to do while there is no conversation. */
  function beginning({ asking, isAsked }: { asking: Person | undefined; isAsked: boolean }): HTMLElement {
    if (asking) {
      const text = h("p", {}, `${asking.name} would like to talk to you.`);
      const see = primary("See the request", () => ui.go("requests"));
      return h("div", { class: "empty" }, avatar(asking), text, see);
    }
    if (suggestion && !isAsked) {
      const text = h("p", {}, "No conversations yet. The first message is a request.");
      const begin = primary(`Say hi to ${suggestion.name}`, () => writeTo(ui, suggestion));
      return h("div", { class: "empty" }, avatar(suggestion), text, begin);
    }
    const text = isAsked
      ? `Your request waits for ${suggestion?.name}. You can talk once it is accepted.`
      : "No conversations yet.";
    const meet = h("button", { type: "button", onclick: () => ui.go("people") }, "Meet people");
    return h("div", { class: "empty" }, h("p", {}, text), meet);
  }

  function primary(text: string, onclick: () => void): HTMLElement {
    return h("button", { type: "button", class: "primary", onclick }, text);
  }

  const followed = new Map<string, () => void>();
  function follow(id: string): void {
    if (!followed.has(id)) followed.set(id, chat.typing(id).subscribe(render));
  }

  const end = watch([chat.conversations, chat.presence, chat.requests], render);
  return {
    element,
    end() {
      end();
      for (const stop of followed.values()) stop();
    },
  };
}
