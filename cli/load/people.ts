/**
 * The people of a run, made elsewhere, and their share for each generator. Pure.
 * @module
 */
import type { Layout } from "./catalogue.ts";

/** Somebody signed in. */
export interface PersonKey {
  readonly id: string;
  /** Good for an hour. */
  readonly token: string;
}

/** A conversation between two people, by their places among the people. */
export interface Link {
  readonly id: string;
  readonly a: number;
  readonly b: number;
}

/** Everybody, or one generator's share of them. */
export interface Population {
  readonly people: readonly PersonKey[];
  readonly links: readonly Link[];
}

/** @returns Every conversation of a layout, by places among all people. */
export function linksOf({ groups }: Layout): { a: number; b: number }[] {
  let start = 0;
  return groups.flatMap(({ people, links }) => {
    const first = start;
    start += people;
    return links.map(([a, b]) => ({ a: first + a, b: first + b }));
  });
}

/** Deals out whole groups, like cards. @returns One population for each generator that has anybody. */
export function share(
  population: Population,
  { layout, workers }: { layout: Layout; workers: number },
): Population[] {
  const shares = Array.from({ length: workers }, () => ({ people: [] as PersonKey[], links: [] as Link[] }));
  let firstPerson = 0;
  let firstLink = 0;
  for (const [index, { people, links }] of layout.groups.entries()) {
    const own = shares[index % workers]!;
    const shift = own.people.length - firstPerson;
    own.people.push(...population.people.slice(firstPerson, firstPerson + people));
    for (const { id, a, b } of population.links.slice(firstLink, firstLink + links.length)) {
      own.links.push({ id, a: a + shift, b: b + shift });
    }
    firstPerson += people;
    firstLink += links.length;
  }
  return shares.filter(({ people }) => people.length > 0);
}
