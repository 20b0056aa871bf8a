/**
 * Two people side by side, made for this page and signed in: what one does, the other sees.
 * @module
 */
import { type Chat, createChat, indexedDbStorage, type Tokens } from "../../chat/mod.ts";
import { pictures } from "../../media/mod.ts";
import { h, watch } from "./dom.ts";
import { badge, messenger } from "./messenger.ts";
import type { Person } from "./ui.ts";

interface DemoPerson extends Person {
  readonly is_premium: boolean;
  readonly tokens: Tokens;
}

/** Who they are, for as long as the tab is open. */
const KEY = "vibesmatch-demo";

/** @returns The two of before, or new ones. */
async function findPair(): Promise<DemoPerson[]> {
  const kept = sessionStorage.getItem(KEY);
  if (kept) return JSON.parse(kept);
  const answer = await fetch("/demo/pair", { method: "POST" });
  const { data } = await answer.json();
  sessionStorage.setItem(KEY, JSON.stringify(data.people));
  return data.people;
}

async function open(person: DemoPerson): Promise<Chat> {
  const storage = indexedDbStorage(`vibesmatch-demo-${person.id}`);
  const chat = createChat({ url: location.origin, storage, pictures });
  await chat.start();
  if (!chat.session.getSnapshot()) await chat.use(person.tokens);
  return chat;
}

async function startOver(chats: readonly Chat[]): Promise<void> {
  sessionStorage.removeItem(KEY);
  await Promise.all(chats.map((chat) => chat.signOut()));
  location.reload();
}

const people = await findPair();
const chats = await Promise.all(people.map(open));
const phones = people.map((me, i) => {
  const other = people[1 - i];
  const { element } = messenger({ chat: chats[i]!, me, suggestion: other });
  const kind = me.is_premium ? "Premium: sees what was read" : "Free: asks before writing";
  return h(
    "div",
    { class: "phone", id: `phone-${i}` },
    h("p", { class: "caption" }, h("strong", {}, me.name), ` ${kind}`),
    element,
  );
});

/** On a narrow page one of them is shown. */
function choose(index: number): void {
  phones.forEach((phone, i) => {
    phone.toggleAttribute("data-hidden", i !== index);
    switches[i]!.setAttribute("aria-pressed", String(i === index));
  });
}
const switches = people.map(({ name }, i) =>
  h(
    "button",
    { type: "button", "aria-pressed": "false", onclick: () => choose(i) },
    name,
    h("span", { class: "badge" }),
  ),
);
chats.forEach((chat, i) => {
  watch([chat.unread, chat.requests], () => {
    const news = chat.unread.getSnapshot() + chat.requests.getSnapshot().received.length;
    badge(switches[i]!, news, "new");
  });
});

document
  .querySelector("#people")!
  .replaceChildren(
    h("div", { class: "switch", role: "group", "aria-label": "Whose phone" }, ...switches),
    h("div", { class: "phones" }, ...phones),
  );
document.querySelector("#start-over")!.addEventListener("click", () => void startOver(chats));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") for (const chat of chats) chat.wake();
});
choose(0);
