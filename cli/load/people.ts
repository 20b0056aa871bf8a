/**
 * Reads users that were created elsewhere and divides them among generators. Pure.
 * @module
 */
import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
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

/** Which generators of how many are meant: several machines can each take a part of the same people. */
export interface Part {
  /** From 1. */
  readonly part: number;
  readonly of: number;
}

/**
 * Deals out people so that everybody whom conversations connect stays together, like cards.
 *
 * @param workers Generators of this part.
 * @returns One population for each generator that has anybody.
 */
export function share(
  population: Population,
  workers: number,
  { part, of }: Part = { part: 1, of: 1 },
): Population[] {
  const { people, links } = population;
  const groupOf = connect(population);
  const groups = [...new Set(groupOf)];
  const dealer = new Map(groups.map((group, index) => [group, index % (workers * of)]));
  const own = Array.from({ length: workers }, (_, worker) => worker * of + part - 1);
  return own
    .map((number) => {
      const places = people
        .map((_, place) => place)
        .filter((place) => dealer.get(groupOf[place]!) === number);
      const placeOf = new Map(places.map((place, index) => [place, index]));
      return {
        people: places.map((place) => people[place]!),
        links: links.flatMap(({ id, a, b }) => {
          const [first, second] = [placeOf.get(a), placeOf.get(b)];
          return first === undefined || second === undefined ? [] : [{ id, a: first, b: second }];
        }),
      };
    })
    .filter((shared) => shared.people.length > 0);
}

/** @returns For each person the first of those whom conversations connect to them (union-find). */
function connect({ people, links }: Population): number[] {
  const parents = people.map((_, place) => place);
  function find(place: number): number {
    let root = place;
    while (parents[root] !== root) root = parents[root]!;
    // Halves the way for whoever asks next.
    parents[place] = root;
    return root;
  }
  for (const { a, b } of links) {
    const [first, second] = [find(a), find(b)].sort((x, y) => x - y) as [number, number];
    parents[second] = first;
  }
  return parents.map((_, place) => find(place));
}

const POPULATION = Type.Object({
  people: Type.Array(Type.Object({ id: Type.String(), token: Type.String() }), { minItems: 1 }),
  links: Type.Array(
    Type.Object({ id: Type.String(), a: Type.Integer({ minimum: 0 }), b: Type.Integer({ minimum: 0 }) }),
  ),
});

/**
 * Reads what `load people` printed, with or without the envelope of --json.
 * @throws RangeError that says what is wrong.
 */
export function readPopulation(text: string): Population {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RangeError("it is not JSON");
  }
  const inside = (value as { data?: unknown } | null)?.data ?? value;
  if (!Value.Check(POPULATION, inside)) {
    const { path = "", message = "" } = Value.Errors(POPULATION, inside).First() ?? {};
    throw new RangeError(`it holds no people of load people (${path || "/"}: ${message})`);
  }
  const outside = inside.links.find(({ a, b }) => Math.max(a, b) >= inside.people.length || a === b);
  if (outside) throw new RangeError(`conversation ${outside.id} is not between two of its people`);
  return inside;
}
