/**
 * The button that subscribes this browser to notifications, and opening the conversation of one that was clicked.
 * @module
 */
import type { Chat } from "../../chat/mod.ts";
import { PushRefused, subscribeToPush, unsubscribeFromPush } from "../../push/mod.ts";
import { h, watch } from "./dom.ts";
import type { Ui } from "./ui.ts";
import { wordsFor } from "./words.ts";

/** Beside the page, so that the worker's scope holds it. */
const WORKER = "/demo/push_worker.js";
const REFUSALS = {
  unsupported: "This browser cannot show notifications.",
  denied: "Notifications are forbidden in the browser's settings.",
  not_offered: "This server has no key for browsers (PUSH_VAPID_PRIVATE_KEY).",
} as const;

/** @returns A button that is pressed while this browser is notified. */
export function notifyButton(chat: Chat, say: Ui["say"]): HTMLButtonElement {
  const button = h(
    "button",
    { type: "button", class: "quiet", "aria-pressed": "false", onclick: toggle },
    "Notify me",
  );

  async function toggle(): Promise<void> {
    const isOn = button.getAttribute("aria-pressed") === "true";
    button.disabled = true;
    try {
      if (isOn) await unsubscribe();
      else await subscribe();
      say(isOn ? "This browser is not notified any more." : "This browser is notified while you are away.");
    } catch (error) {
      say(error instanceof PushRefused ? REFUSALS[error.reason] : wordsFor(error));
    }
    button.disabled = false;
  }

  async function subscribe(): Promise<void> {
    await subscribeToPush({ rest: chat.rest, worker: WORKER, preview: "text" });
    button.setAttribute("aria-pressed", "true");
  }

  async function unsubscribe(): Promise<void> {
    await unsubscribeFromPush({ rest: chat.rest });
    button.setAttribute("aria-pressed", "false");
  }

  /** A browser may have changed its subscription since the last start. */
  async function renew(): Promise<void> {
    if (await isSubscribed()) await subscribe();
  }

  renew().catch(() => {});
  return button;
}

async function isSubscribed(): Promise<boolean> {
  const registration = await navigator.serviceWorker?.getRegistration(WORKER);
  return (
    (await registration?.pushManager?.getSubscription()) != null && Notification.permission === "granted"
  );
}

/**
 * Opens the conversation of a notification that was clicked: told by the worker, or in the address when the click opened
 * the page. One that began a moment ago is opened when the list has it.
 *
 * @returns What ends it.
 */
export function openClicked(chat: Chat, open: Ui["open"]): () => void {
  let wanted: string | undefined = location.hash.slice(1) || undefined;
  history.replaceState(null, "", location.pathname);

  function openWanted(): void {
    const id = wanted;
    if (id === undefined || !chat.conversations.getSnapshot().some((one) => one.id === id)) return;
    wanted = undefined;
    open(id);
  }
  function onMessage({ data }: MessageEvent): void {
    if (data?.type !== "vibes_open") return;
    wanted = data.conversation_id;
    openWanted();
  }

  navigator.serviceWorker?.addEventListener("message", onMessage);
  const end = watch([chat.conversations], openWanted);
  return () => {
    navigator.serviceWorker?.removeEventListener("message", onMessage);
    end();
  };
}
