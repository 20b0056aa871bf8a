/**
 * The whole page for one person: signs in by code, and stays signed in.
 * @module
 */
import { createChat, indexedDbStorage } from "../../chat/mod.ts";
import { pictures } from "../../media/mod.ts";
import { h } from "./dom.ts";
import { messenger } from "./messenger.ts";
import { notifyButton, openClicked } from "./notifications.ts";
import { signIn } from "./sign_in.ts";
import type { Part } from "./ui.ts";

const chat = createChat({ url: location.origin, storage: indexedDbStorage("vibesmatch-app"), pictures });
let shown: Part | undefined;

async function show(): Promise<void> {
  shown?.end();
  shown = undefined;
  const session = chat.session.getSnapshot();
  if (!session) {
    document.body.replaceChildren(signIn(chat));
    return;
  }
  const { data } = await chat.rest<{ id: string; name: string }>("/api/v1/users/profile");
  const notify = notifyButton(chat, (text) => part.say(text));
  const out = h("button", { type: "button", class: "quiet", onclick: () => chat.signOut() }, "Sign out");
  const part = messenger({ chat, me: data }, [notify, out]);
  const endOpening = openClicked(chat, part.open);
  shown = {
    element: part.element,
    end() {
      endOpening();
      part.end();
    },
  };
  document.body.replaceChildren(
    h("main", { class: "whole" }, h("h1", { class: "hidden" }, "VibesMatch"), shown.element),
  );
}

let who: string | undefined;
chat.session.subscribe(() => {
  const id = chat.session.getSnapshot()?.user_id;
  if (id !== who) void show();
  who = id;
});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && chat.wake());
addEventListener("online", () => chat.wake());
await chat.start();
if (!shown && !chat.session.getSnapshot()) void show();
