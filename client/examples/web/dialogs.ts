/**
 * What is asked in a dialog: a first message, and whether to unmatch, report or block somebody. Native dialogs hold
 * the focus, close with Escape and give the focus back.
 * @module
 */
import type { ReportReason } from "../../chat/mod.ts";
import { h, icon } from "./dom.ts";
import type { Person, Ui } from "./ui.ts";

/** Longest text of a request, in characters: the server's own bound. */
const REQUEST_MAX = 250;
const REASONS: Readonly<Record<ReportReason, string>> = {
  fake_profile: "This profile is fake",
  inappropriate_behavior: "Inappropriate behaviour",
  harassment: "Harassment",
  spam: "Spam",
  scam: "A scam",
  underage: "Under 18",
  other: "Something else",
};

interface Question {
  readonly title: string;
  readonly body: readonly HTMLElement[];
  readonly confirm: string;
  /** @returns Whether the dialog may close. */
  readonly onConfirm: () => Promise<boolean>;
}

function ask({ title, body, confirm, onConfirm }: Question): void {
  const dialog: HTMLDialogElement = h(
    "dialog",
    { "aria-label": title, onclose: () => dialog.remove() },
    h(
      "form",
      {
        onsubmit: async (event: Event) => {
          event.preventDefault();
          if (await onConfirm()) dialog.close();
        },
      },
      h("h2", {}, title),
      ...body,
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", onclick: () => dialog.close() }, "Cancel"),
        h("button", { type: "submit", class: "primary" }, confirm),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}

/** Asks for the first message to somebody. */
export function writeTo({ attempt, chat }: Ui, person: Person): void {
  const field = h("textarea", {
    rows: 4,
    maxlength: REQUEST_MAX,
    required: true,
    autofocus: true,
    "aria-label": "Your message",
  });
  ask({
    title: `Write to ${person.name}`,
    body: [h("p", {}, "One message to begin with. You can talk once it is accepted."), field],
    confirm: "Send the request",
    onConfirm: () => attempt(chat.request(person.id, field.value), "Request sent."),
  });
}

/** The menu of what one can do about somebody. */
export function actionsFor(ui: Ui, user: Person): HTMLElement {
  const { attempt, chat } = ui;
  const unmatch = () =>
    ask({
      title: `Unmatch ${user.name}?`,
      body: [h("p", {}, "You can both read what was said, and write nothing more.")],
      confirm: "Unmatch",
      onConfirm: () => {
        const match = chat.matches.getSnapshot().find((one) => one.user.id === user.id);
        return match ? attempt(chat.unmatch(match.id), "Unmatched.") : Promise.resolve(true);
      },
    });
  const block = () =>
    ask({
      title: `Block ${user.name}?`,
      body: [h("p", {}, "The conversation disappears for both of you, and neither can find the other.")],
      confirm: "Block",
      onConfirm: () => attempt(chat.block(user.id), `${user.name} is blocked.`),
    });
  const actions = [
    ["Unmatch", unmatch],
    ["Report", () => report(ui, user)],
    ["Block", block],
  ] as const;
  const menu = h(
    "details",
    {
      class: "menu",
      onkeydown: (event: KeyboardEvent) => {
        if (event.key !== "Escape" || !menu.open) return;
        event.stopPropagation();
        menu.open = false;
        menu.querySelector("summary")?.focus();
      },
      onfocusout: ({ relatedTarget }: FocusEvent) => {
        if (relatedTarget && !menu.contains(relatedTarget as Node)) menu.open = false;
      },
    },
    h("summary", { class: "round", "aria-label": `More about ${user.name}` }, icon("more")),
    h(
      "ul",
      {},
      ...actions.map(([name, act]) => {
        const onclick = () => {
          menu.open = false;
          act();
        };
        return h("li", {}, h("button", { type: "button", onclick }, `${name} …`));
      }),
    ),
  );
  return menu;
}

function report({ attempt, chat }: Ui, user: Person): void {
  const options = Object.entries(REASONS).map(([value, text]) => h("option", { value }, text));
  const reason = h("select", { "aria-label": "Reason" }, ...options);
  const description = h("textarea", {
    rows: 3,
    maxlength: 1000,
    "aria-label": "What happened (optional)",
    placeholder: "What happened (optional)",
  });
  ask({
    title: `Report ${user.name}`,
    body: [
      h("p", {}, `A moderator looks at it. ${user.name} does not learn who reported.`),
      reason,
      description,
    ],
    confirm: "Send the report",
    onConfirm: () =>
      attempt(
        chat.report(user.id, { reason: reason.value as ReportReason, description: description.value }),
        "Thank you. A moderator will look at it.",
      ),
  });
}
