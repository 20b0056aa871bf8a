/**
 * A person's initials on a colour of their own: the page loads nothing from elsewhere, pictures included.
 * @module
 */
import { h } from "./dom.ts";
import type { Person } from "./ui.ts";

const COLOURS = 8;

/** @param isOnline Shows a dot; say it in words beside it. */
export function avatar({ id, name }: Person, isOnline = false): HTMLElement {
  const initials = name
    .split(/\s+/)
    .map((word) => [...word][0] ?? "")
    .slice(0, 2)
    .join("");
  // The end of an id is random, its beginning is the time.
  const colour = Number.parseInt(id.slice(-4), 16) % COLOURS || 0;
  const kind = `avatar colour-${colour}${isOnline ? " online" : ""}`;
  return h("span", { class: kind, "aria-hidden": "true" }, initials);
}
