/**
 * Pictures in a conversation: the button, paste and drop that send one, and how one is shown.
 * @module
 */
import type { ChatMessage, PictureUpload } from "../../chat/mod.ts";
import { loadPicture } from "../../media/mod.ts";
import { h, icon } from "./dom.ts";
import type { Ui } from "./ui.ts";

const TYPES = ["image/jpeg", "image/png", "image/webp"];

/** What sends pictures: a button for the composer, and paste and drop. */
export interface PictureField {
  readonly element: HTMLElement;
  /** Properties of the element where files may be dropped and pasted. */
  readonly area: {
    onpaste(event: ClipboardEvent): void;
    ondrop(event: DragEvent): void;
    ondragover(event: DragEvent): void;
  };
}

/** @param to The person who gets them; undefined: nobody at the moment. */
export function pictureField(
  { chat, say }: Pick<Ui, "chat" | "say">,
  to: () => string | undefined,
): PictureField {
  function send(files: Iterable<File>): void {
    const receiver = to();
    for (const file of files) {
      if (!TYPES.includes(file.type)) say("Only JPEG, PNG and WebP can be sent.");
      else if (receiver !== undefined) chat.sendImage(receiver, file);
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
  return { element, area };
}

/** One's own picture while it is uploaded. */
function uploadingPicture({ preview, progress }: PictureUpload, isFailed: boolean): HTMLElement {
  return h(
    "div",
    {},
    preview !== null && h("img", { class: "picture", src: preview, alt: "Picture being sent" }),
    !isFailed && h("progress", { max: 1, value: progress, "aria-label": "Uploaded" }),
  );
}

/** A picture of the history; its links end soon, and are then replaced by a fresh one. */
export function shownPicture({ chat }: Pick<Ui, "chat">, message: ChatMessage): HTMLElement {
  const { content, media, state, upload } = message;
  if (upload) return uploadingPicture(upload, state === "failed");
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
