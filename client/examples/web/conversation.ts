/**
 * An open conversation: its history, what is under way, and the field to write in.
 * @module
 */
import type { ConversationItem } from "../../chat/mod.ts";
import { avatar } from "./avatar.ts";
import { bubble, type Line, linesOf, withoutProgress } from "./bubbles.ts";
import { actionsFor } from "./dialogs.ts";
import { h, icon, keyed, watch } from "./dom.ts";
import { pictureField } from "./pictures.ts";
import type { Part, Ui } from "./ui.ts";

/** Longest message, in characters: the server's own bound. */
const MESSAGE_MAX = 1000;
/** From the end, pixels: who is further up is reading and is not moved. */
const NEAR_END = 96;

/** @param close Called to go back to the list. */
export function conversation(ui: Ui, id: string, close: () => void): Part {
  const { chat, me } = ui;
  const item = () => chat.conversations.getSnapshot().find((one) => one.id === id);
  const history = chat.messages(id);
  const typing = chat.typing(id);
  const first = item();
  const name = first?.user.name ?? "";

  const face = first && avatar(first.user);
  const state = h("span", { class: "status", role: "status" });
  const earlier = h("button", { type: "button", class: "quiet", onclick: loadOlder }, "Earlier messages");
  const log = h("ol", { class: "bubbles" });
  const indicator = h("p", { class: "indicator" }, h("i", {}), h("i", {}), h("i", {}));
  const pictures = pictureField(ui, () => item()?.user.id);
  const scroller = h(
    "div",
    { class: "scroller", tabindex: 0, role: "log", "aria-label": `Messages with ${name}` },
    earlier,
    log,
    indicator,
  );
  const field = h("textarea", {
    rows: 1,
    maxlength: MESSAGE_MAX,
    placeholder: "Message",
    "aria-label": `Message to ${name}`,
    oninput: () => {
      resize();
      chat.setTyping(id, field.value !== "");
    },
    onkeydown: (event: KeyboardEvent) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      send();
    },
  });
  const form = h(
    "form",
    {
      class: "composer",
      onsubmit: (event: Event) => {
        event.preventDefault();
        send();
      },
    },
    pictures.element,
    field,
    h("button", { type: "submit", class: "primary round", "aria-label": "Send" }, icon("send")),
  );
  const element = h(
    "article",
    {
      ...pictures.area,
      class: "conversation",
      "aria-label": `Conversation with ${name}`,
      onkeydown: (event: KeyboardEvent) => {
        if (event.key === "Escape" && !document.querySelector("dialog[open]")) close();
      },
    },
    h(
      "header",
      { class: "bar" },
      h(
        "button",
        { type: "button", class: "round back", "aria-label": "Back to the list", onclick: close },
        icon("back"),
      ),
      face,
      h("div", { class: "who" }, h("h2", {}, name), state),
      first && actionsFor(ui, first.user),
    ),
    scroller,
    form,
  );

  let isNearEnd = true;
  scroller.addEventListener("scroll", () => {
    isNearEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;
  });
  function toEnd(): void {
    scroller.scrollTop = scroller.scrollHeight;
    isNearEnd = true;
  }

  function send(): void {
    const to: ConversationItem | undefined = item();
    if (!to || field.value.trim() === "") return;
    chat.send({ receiver_id: to.user.id, content: field.value });
    chat.setTyping(id, false);
    field.value = "";
    resize();
    toEnd();
  }

  function resize(): void {
    field.rows = Math.min(5, field.value.split("\n").length);
  }

  async function loadOlder(): Promise<void> {
    const height = scroller.scrollHeight;
    if (await ui.attempt(chat.loadOlder(id))) scroller.scrollTop += scroller.scrollHeight - height;
  }

  function render(): void {
    const stays = isNearEnd;
    keyed<Line>(log, linesOf(history.getSnapshot(), me.id), {
      key: (line) => line.key,
      shows: withoutProgress,
      create: (line) => bubble(ui, line, name),
    });
    for (const bar of log.querySelectorAll("progress")) bar.value = progressOf(bar);
    earlier.hidden = !chat.hasOlder(id);
    const isTyping = typing.getSnapshot();
    const isOnline = first && chat.presence.getSnapshot()[first.user.id] === true;
    indicator.hidden = !isTyping;
    state.textContent = isTyping ? "typing …" : isOnline ? "Online" : "Offline";
    face?.classList.toggle("online", isOnline);
    if (stays) toEnd();
    read();
  }

  function progressOf(bar: HTMLElement): number {
    const key = bar.closest<HTMLElement>("li")?.dataset.key;
    const own = history.getSnapshot().find(({ client_message_id }) => client_message_id === key);
    return own?.upload?.progress ?? 1;
  }

  /** What is on the screen is read. */
  function read(): void {
    const isSeen = document.visibilityState === "visible" && element.checkVisibility?.() !== false;
    if (isSeen && item()?.unread_count) void chat.markRead(id);
  }

  const end = watch([history, typing, chat.presence, chat.conversations], render);
  document.addEventListener("visibilitychange", read);
  const seen = new IntersectionObserver(read);
  seen.observe(element);
  // A keyboard on the screen, or a turned phone.
  const sized = new ResizeObserver(() => isNearEnd && toEnd());
  sized.observe(scroller);
  void chat.open(id);
  return {
    element,
    end() {
      end();
      seen.disconnect();
      sized.disconnect();
      document.removeEventListener("visibilitychange", read);
      chat.setTyping(id, false);
    },
  };
}
