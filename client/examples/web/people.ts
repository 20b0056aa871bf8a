/**
 * People to meet: like them, or write to them.
 * @module
 */
import { avatar } from "./avatar.ts";
import { writeTo } from "./dialogs.ts";
import { h } from "./dom.ts";
import type { Part, Person, Ui } from "./ui.ts";

interface Profile extends Person {
  readonly age: number;
  readonly city: string | null;
  readonly bio: string | null;
  readonly interests: readonly string[];
  readonly is_online: boolean | null;
}

const AT_ONCE = 20;

/** See the module. */
export function people(ui: Ui): Part {
  const { chat } = ui;
  const list = h("ul", { class: "cards", "aria-label": "People to meet" });
  const note = h("p", { class: "empty" }, "Looking around …");

  async function like(person: Profile, card: HTMLElement): Promise<void> {
    const body = { target_id: person.id, action_type: "like" };
    const liking = chat.rest<{ match_found: boolean }>("/api/v1/discovery/action", { method: "POST", body });
    if (!(await ui.attempt(liking))) return;
    const { data } = await liking;
    ui.say(
      data.match_found ? `It's a match! You and ${person.name} can talk now.` : `You like ${person.name}.`,
    );
    const next = card.nextElementSibling ?? card.previousElementSibling;
    card.remove();
    next?.querySelector("button")?.focus();
  }

  function card(person: Profile): HTMLElement {
    const place = person.city ? `, ${person.city}` : "";
    const element: HTMLElement = h(
      "li",
      { class: "card" },
      h(
        "div",
        { class: "person" },
        avatar(person, person.is_online === true),
        h("strong", {}, `${person.name}, ${person.age}`, h("small", {}, place)),
      ),
      person.bio ? h("p", {}, person.bio) : null,
      person.interests.length > 0
        ? h(
            "ul",
            { class: "tags", "aria-label": "Interests" },
            ...person.interests.slice(0, 4).map((text) => h("li", {}, text)),
          )
        : null,
      h(
        "div",
        { class: "buttons" },
        h(
          "button",
          { type: "button", "aria-label": `Like ${person.name}`, onclick: () => like(person, element) },
          "Like",
        ),
        h(
          "button",
          {
            type: "button",
            class: "primary",
            "aria-label": `Write to ${person.name}`,
            onclick: () => writeTo(ui, person),
          },
          "Write",
        ),
      ),
    );
    return element;
  }

  async function load(): Promise<void> {
    const asking = chat.rest<{ profiles: Profile[] }>("/api/v1/discovery/profiles", {
      query: { limit: AT_ONCE },
    });
    note.textContent = "Nobody new at the moment.";
    if (!(await ui.attempt(asking))) return;
    const { profiles } = (await asking).data;
    list.replaceChildren(...profiles.map(card));
    note.hidden = profiles.length > 0;
  }

  void load();
  return { element: h("div", { class: "padded" }, list, note), end: () => {} };
}
