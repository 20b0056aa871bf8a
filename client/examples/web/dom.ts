/**
 * The few lines between the stores and the page: elements, lists that keep their elements, and rendering again when a
 * store changes. It knows nothing of chats.
 * @module
 */
import type { Store } from "../../chat/mod.ts";

type Child = Node | string | false | null | undefined;
// biome-ignore lint/suspicious/noExplicitAny: each event has its own type
type Value = string | number | boolean | undefined | ((event: any) => unknown);

/** Makes an element. Properties that are functions listen: `onclick`. Text stays text, whatever people wrote. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Readonly<Record<string, Value>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") element.toggleAttribute(name, value);
    else if (value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child instanceof Node || typeof child === "string"));
  return element;
}

const PATHS = {
  chats: "M4 5h16v11H9l-5 4z",
  requests: "M4 6h16v12H4zM4 7l8 6 8-6",
  people: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM15.5 8.5l-2 5-5 2 2-5z",
  back: "M15 5l-7 7 7 7",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9h.01",
  send: "M5 12h13M12 5l7 7-7 7",
} as const;

/** A picture beside words, or in a button with an aria-label: hidden from screen readers. */
export function icon(name: keyof typeof PATHS): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

interface Keyed<T> {
  readonly key: (item: T) => string;
  /** What the element shows, as one text: it is made anew when this changes. */
  readonly shows: (item: T) => unknown;
  readonly create: (item: T) => HTMLElement;
}

/** Makes a list's children those of the items, moving and replacing as few as possible; the focus stays. */
export function keyed<T>(list: HTMLElement, items: readonly T[], { key, shows, create }: Keyed<T>): void {
  const old = new Map([...list.children].map((child) => [(child as HTMLElement).dataset.key, child]));
  let before: Element | null = list.firstElementChild;
  for (const item of items) {
    const name = key(item);
    const state = JSON.stringify(shows(item));
    const present = old.get(name) as HTMLElement | undefined;
    old.delete(name);
    let element = present;
    if (!present || present.dataset.state !== state) {
      element = create(item);
      element.dataset.key = name;
      element.dataset.state = state;
      const hadFocus = present?.contains(document.activeElement);
      if (before === present) before = element;
      present?.replaceWith(element);
      if (hadFocus) (element.querySelector<HTMLElement>("button, a") ?? element).focus();
    }
    if (element === before) before = element!.nextElementSibling;
    else list.insertBefore(element!, before);
  }
  for (const gone of old.values()) gone.remove();
}

/** Renders now, and once after any number of changes of the stores. @returns What ends it. */
export function watch(stores: readonly Store<unknown>[], render: () => void): () => void {
  let isDue = false;
  let isOver = false;
  const run = () => {
    isDue = false;
    if (!isOver) render();
  };
  const ends = stores.map((store) =>
    store.subscribe(() => {
      if (!isDue) queueMicrotask(run);
      isDue = true;
    }),
  );
  render();
  return () => {
    isOver = true;
    for (const end of ends) end();
  };
}
