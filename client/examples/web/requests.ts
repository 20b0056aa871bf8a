/**
 * Message requests: those that wait for an answer of one's own, and those that one has sent.
 * @module
 */
import type { ReceivedRequest, SentRequest } from "../../chat/mod.ts";
import { avatar } from "./avatar.ts";
import { h, keyed, watch } from "./dom.ts";
import type { Part, Person, Ui } from "./ui.ts";
import { when } from "./words.ts";

/** See the module. */
export function requestList(ui: Ui): Part {
  const { chat } = ui;
  const received = h("ul", { class: "cards", "aria-label": "Requests for you" });
  const sent = h("ul", { class: "cards", "aria-label": "Requests you have sent" });
  const sentTitle = h("h3", {}, "Sent");
  const empty = h("p", { class: "empty" }, "No open requests.");

  async function respond(request: ReceivedRequest, action: "accept" | "decline"): Promise<void> {
    const done = action === "accept" ? `You and ${request.sender.name} can talk now.` : "Declined.";
    if ((await ui.attempt(chat.respond(request.id, action), done)) && action === "accept") ui.go("chats");
  }

  function receivedCard(request: ReceivedRequest): HTMLElement {
    const { sender } = request;
    return card(request, { person: sender, title: `${sender.name}, ${sender.age}` }, [
      h(
        "button",
        {
          type: "button",
          "aria-label": `Decline ${sender.name}`,
          onclick: () => respond(request, "decline"),
        },
        "Decline",
      ),
      h(
        "button",
        {
          type: "button",
          class: "primary",
          "aria-label": `Accept ${sender.name}`,
          onclick: () => respond(request, "accept"),
        },
        "Accept",
      ),
    ]);
  }

  function sentCard(request: SentRequest): HTMLElement {
    const { id, receiver } = request;
    const onclick = () => ui.attempt(chat.cancelRequest(id), "Taken back.");
    return card(request, { person: receiver, title: receiver.name }, [
      h(
        "button",
        { type: "button", "aria-label": `Take back the request to ${receiver.name}`, onclick },
        "Take back",
      ),
    ]);
  }

  const end = watch([chat.requests], () => {
    const all = chat.requests.getSnapshot();
    keyed(received, all.received, { key: ({ id }) => id, shows: (one) => one, create: receivedCard });
    keyed(sent, all.sent, { key: ({ id }) => id, shows: (one) => one, create: sentCard });
    sentTitle.hidden = all.sent.length === 0;
    empty.hidden = all.sent.length + all.received.length > 0;
  });
  return { element: h("div", { class: "padded" }, received, sentTitle, sent, empty), end };
}

function card(
  { created_at, preview_text }: ReceivedRequest | SentRequest,
  { person, title }: { readonly person: Person; readonly title: string },
  buttons: readonly HTMLElement[],
): HTMLElement {
  return h(
    "li",
    { class: "card" },
    h("div", { class: "person" }, avatar(person), h("strong", {}, title), h("time", {}, when(created_at))),
    h("blockquote", {}, preview_text),
    h("div", { class: "buttons" }, ...buttons),
  );
}
