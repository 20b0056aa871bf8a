/**
 * Pictures in a conversation: the button, paste and drop that send one, those on their way, and how one is shown.
 * @module
 */
import type { ChatMessage } from "../../chat/mod.ts";
import { loadPicture, type PendingPicture } from "../../media/mod.ts";
import { h, icon, keyed, watch } from "./dom.ts";
import type { Part, Ui } from "./ui.ts";
import { wordsForCode } from "./words.ts";

const TYPES = ["image/jpeg", "image/png", "image/webp"];
const REASONS: Readonly<Record<string, string>> = {
  heic: "This phone saves pictures as HEIC. Choose a JPEG.",
  animated: "Animations cannot be sent.",
  truncated: "The file is not complete.",
  too_large: "The picture is too large.",
};

/** What sends pictures: a button for the composer, and the list of those on their way. */
export interface PictureField extends Part {
  readonly list: HTMLElement;
  /** Properties of the element where files may be dropped and pasted. */
  readonly area: {
    onpaste(event: ClipboardEvent): void;
    ondrop(event: DragEvent): void;
    ondragover(event: DragEvent): void;
  };
}

/** @param to The person who gets them; undefined: nobody at the moment. */
export function pictureField(
  { pictures, say }: Pick<Ui, "pictures" | "say">,
  to: () => string | undefined,
): PictureField {
  function send(files: Iterable<File>): void {
    const receiver = to();
    for (const file of files) {
      if (!TYPES.includes(file.type)) say("Only JPEG, PNG and WebP can be sent.");
      else if (receiver !== undefined) pictures.sendImage(receiver, file);
    }
  }
  const input = h("input", {
    type: "file",
    accept: TYPES.join(),
    multiple: true,
    hidden: true,
    onchange: () => {
      send(input.files ?? []);
      input.value = "";
    },
  });
  const open = () => input.click();
  const element = h(
    "span",
    {},
    input,
    h(
      "button",
      { type: "button", class: "round", "aria-label": "Attach a picture", onclick: open },
      icon("picture"),
    ),
  );
  const list = h("ol", { class: "bubbles" });
  const area = {
    onpaste(event: ClipboardEvent) {
      const files = event.clipboardData?.files;
      if (!files?.length) return;
      event.preventDefault();
      send(files);
    },
    ondrop(event: DragEvent) {
      event.preventDefault();
      send(event.dataTransfer?.files ?? []);
    },
    // Without it the browser opens the file.
    ondragover: (event: DragEvent) => event.preventDefault(),
  };
  const end = watch([pictures.pending], () =>
    keyed<PendingPicture>(
      list,
      pictures.pending.getSnapshot().filter((one) => one.receiver_id === to()),
      {
        key: ({ id }) => id,
        shows: ({ error, progress }) => error ?? Math.round(progress * 20),
        create: (picture) => pendingBubble(pictures, picture),
      },
    ),
  );
  return { element, list, area, end };
}

function pendingBubble(pictures: Ui["pictures"], picture: PendingPicture): HTMLElement {
  const { id, preview, progress, error, reason } = picture;
  const words = REASONS[reason ?? ""] ?? wordsForCode(error ?? "") ?? "It was not sent.";
  return h(
    "li",
    { class: `bubble mine image ${error ? "failed" : "pending"} first` },
    h("span", { class: "hidden" }, "You: "),
    preview !== null && h("img", { class: "picture", src: preview, alt: "Picture being sent" }),
    !error && h("progress", { max: 1, value: progress, "aria-label": "Uploaded" }),
    error !== undefined &&
      h(
        "span",
        { class: "failure" },
        `${words} `,
        h("button", { type: "button", class: "link", onclick: () => pictures.retry(id) }, "Try again"),
        h("button", { type: "button", class: "link", onclick: () => pictures.discard(id) }, "Delete"),
      ),
  );
}

/** A picture of the history; its links end soon, and are then replaced by a fresh one. */
export function shownPicture({ chat }: Pick<Ui, "chat">, { content, media }: ChatMessage): HTMLElement {
  if (!media) return h("p", {}, media === null ? "The picture was removed." : content);
  const { width, height, thumb_url } = media;
  const image = h("img", {
    class: "picture",
    src: thumb_url,
    width,
    height,
    loading: "lazy",
    alt: "Picture",
  });
  const again = async () => {
    const { access_token: token = "" } = chat.session.getSnapshot() ?? {};
    const blob = await loadPicture(content, { url: location.origin, token }).catch(() => null);
    if (!blob) return;
    image.src = URL.createObjectURL(blob);
    image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  };
  image.addEventListener("error", () => void again(), { once: true });
  return image;
}
