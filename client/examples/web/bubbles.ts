/**
 * A history as lines: the days, and each message with what became of it.
 * @module
 */
import type { ChatMessage } from "../../chat/mod.ts";
import { h } from "./dom.ts";
import { shownPicture } from "./pictures.ts";
import type { Ui } from "./ui.ts";
import { clock, day, wordsForCode } from "./words.ts";

/** A message, or the day on which the next ones were written. */
export type Line =
  | { readonly key: string; readonly day: string }
  | {
      readonly key: string;
      readonly message: ChatMessage;
      readonly isMine: boolean;
      readonly isFirst: boolean;
    };

/** Messages of one person within this time stand together, ms. */
const TOGETHER_MS = 300_000;

/** @returns The lines, oldest first. */
export function linesOf(messages: readonly ChatMessage[], me: string): Line[] {
  const lines: Line[] = [];
  let before: ChatMessage | undefined;
  for (const message of messages) {
    const { client_message_id, created_at, id, sender_id } = message;
    const isNewDay = !before || day(before.created_at) !== day(created_at);
    if (isNewDay) lines.push({ key: `day ${day(created_at)}`, day: day(created_at) });
    const isFirst =
      isNewDay ||
      before?.sender_id !== sender_id ||
      Date.parse(created_at) - Date.parse(before.created_at) > TOGETHER_MS;
    // The same line before and after the message is stored.
    lines.push({ key: client_message_id ?? id, message, isMine: sender_id === me, isFirst });
    before = message;
  }
  return lines;
}

/** @returns What a bubble is made anew for: an upload's progress only moves its bar. */
export function withoutProgress(line: Line): unknown {
  if ("day" in line || !line.message.upload) return line;
  const { upload, ...message } = line.message;
  return { ...line, message: { ...message, reason: upload.reason } };
}

/** @param name Of the other person. */
export function bubble(ui: Ui, line: Line, name: string): HTMLElement {
  if ("day" in line) return h("li", { class: "day" }, line.day);
  const { chat } = ui;
  const { isFirst, isMine, message } = line;
  const { client_message_id: id = "", content, created_at, error, is_read, message_type, state } = message;
  const kind = `bubble ${isMine ? "mine" : "theirs"} ${message_type} ${state}${isFirst ? " first" : ""}`;
  const fate = state === "pending" ? "Sending" : state === "failed" ? "Not sent" : is_read ? "Read" : "Sent";
  return h(
    "li",
    { class: kind },
    h("span", { class: "hidden" }, `${isMine ? "You" : name}: `),
    message_type === "image" ? shownPicture(ui, message) : h("p", {}, content),
    h(
      "span",
      { class: "fate" },
      h("time", { datetime: created_at }, clock(created_at)),
      isMine &&
        h(
          "span",
          { class: `tick ${fate.toLowerCase().replace(" ", "-")}` },
          h("span", { class: "hidden" }, `, ${fate}`),
        ),
    ),
    state === "failed" &&
      h(
        "span",
        { class: "failure" },
        `${wordsForCode(error ?? "", message.upload?.reason) ?? "It was not sent."} `,
        h("button", { type: "button", class: "link", onclick: () => chat.retry(id) }, "Try again"),
        h("button", { type: "button", class: "link", onclick: () => chat.discard(id) }, "Delete"),
      ),
  );
}
