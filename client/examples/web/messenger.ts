/**
 * One person's messenger: the frame with its three sections, and a conversation beside or above them. As wide as there
 * is room for: one pane on a phone, two on a desktop.
 * @module
 */
import { avatar } from "./avatar.ts";
import { chatList } from "./chat_list.ts";
import { conversation } from "./conversation.ts";
import { h, icon, watch } from "./dom.ts";
import { people } from "./people.ts";
import { requestList } from "./requests.ts";
import type { Part, Section, Ui } from "./ui.ts";
import { wordsFor } from "./words.ts";

const SECTIONS = { chats: "Chats", requests: "Requests", people: "People" } as const satisfies Record<
  Section,
  string
>;
const TOAST_MS = 4_000;

/** @param more Shown at the end of the bar, such as a button to sign out. */
export function messenger(
  options: Pick<Ui, "chat" | "me" | "suggestion">,
  more: readonly HTMLElement[] = [],
): Part & Pick<Ui, "open" | "say"> {
  const { chat, me } = options;
  const status = h("span", { class: "status", role: "status" });
  const view = h("div", { class: "view" });
  const detail = h("div", { class: "detail" });
  const toast = h("div", { class: "toast", role: "status" });
  const tabs = Object.fromEntries(
    Object.keys(SECTIONS).map((name) => [name, sectionButton(name as Section, () => ui.go(name as Section))]),
  ) as Record<Section, HTMLButtonElement>;
  const element = h(
    "section",
    { class: "messenger", "aria-label": `${me.name}'s messages` },
    h(
      "div",
      { class: "sidebar" },
      h(
        "header",
        { class: "bar" },
        avatar(me),
        h("div", { class: "who" }, h("h2", {}, me.name), status),
        ...more,
      ),
      view,
      h("nav", { class: "tabs", "aria-label": "Sections" }, ...Object.values(tabs)),
    ),
    detail,
    toast,
  );
  let shown: Part | undefined;
  let opened: (Part & { readonly id: string }) | undefined;
  let hiding: ReturnType<typeof setTimeout> | undefined;

  const ui: Ui = {
    ...options,
    open(id) {
      opened?.end();
      opened = { id, ...conversation(ui, id, close) };
      detail.replaceChildren(opened.element);
      element.dataset.open = "";
      opened.element.querySelector<HTMLElement>("textarea")?.focus();
    },
    go(section) {
      shown?.end();
      shown = { chats: chatList, requests: requestList, people }[section](ui);
      view.replaceChildren(shown.element);
      for (const [name, tab] of Object.entries(tabs)) {
        if (name === section) tab.setAttribute("aria-current", "page");
        else tab.removeAttribute("aria-current");
      }
    },
    say(text) {
      toast.textContent = text;
      clearTimeout(hiding);
      hiding = setTimeout(() => toast.replaceChildren(), TOAST_MS);
    },
    async attempt(task, done) {
      try {
        await task;
        if (done) ui.say(done);
        return true;
      } catch (error) {
        ui.say(wordsFor(error));
        return false;
      }
    },
  };

  function close(): void {
    const id = opened?.id;
    opened?.end();
    opened = undefined;
    detail.replaceChildren(h("p", { class: "empty" }, "Choose a conversation."));
    delete element.dataset.open;
    const row = view.querySelector<HTMLElement>(`[data-key="${id}"] button`);
    (row ?? tabs.chats).focus();
  }

  const ends = [
    watch([chat.connection], () => {
      const { state } = chat.connection.getSnapshot();
      const isHere = state === "live" || state === "replaying";
      status.textContent = isHere ? "Connected" : state === "closed" ? "Disconnected" : "Connecting …";
      element.dataset.connection = isHere ? "live" : "lost";
    }),
    watch([chat.unread, chat.requests], () => {
      badge(tabs.chats, chat.unread.getSnapshot(), "unread");
      badge(tabs.requests, chat.requests.getSnapshot().received.length, "new");
    }),
    watch([chat.conversations], () => {
      const isGone = opened && !chat.conversations.getSnapshot().some(({ id }) => id === opened?.id);
      if (!isGone) return;
      ui.say("This conversation has ended.");
      close();
    }),
    chat.on("moderation_notice", ({ text }) => ui.say(text)),
  ];
  ui.go("chats");
  detail.replaceChildren(h("p", { class: "empty" }, "Choose a conversation."));
  return {
    element,
    open: ui.open,
    say: ui.say,
    end() {
      clearTimeout(hiding);
      for (const part of [shown, opened]) part?.end();
      for (const end of ends) end();
    },
  };
}

function sectionButton(name: Section, onclick: () => void): HTMLButtonElement {
  return h(
    "button",
    { type: "button", onclick },
    icon(name),
    h("span", {}, SECTIONS[name]),
    h("span", { class: "badge" }),
  );
}

/** Shows a number in the badge of a button, and what it counts to screen readers. */
export function badge(button: HTMLElement, count: number, what: string): void {
  const element = button.querySelector(".badge")!;
  element.replaceChildren(...(count > 0 ? [`${count}`, h("span", { class: "hidden" }, ` ${what}`)] : []));
}
