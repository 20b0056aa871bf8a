/**
 * What every route must have declared, checked once at start: who may call it and, under /api, what it counts
 * against.
 * @module
 */
import type { DeclaredAccess } from "./auth.ts";

/** A route as Elysia lists it, as far as this layer reads it. */
export interface ListedRoute {
  readonly method: string;
  readonly path: string;
  readonly hooks: object;
}

/** What the macros left on a route's hooks. */
interface Declared {
  readonly access?: DeclaredAccess;
  readonly counted?: string;
}

/** @returns Who may call the route, for tests that walk over the router. */
export function accessOf(route: ListedRoute): DeclaredAccess | undefined {
  return (route.hooks as Declared).access;
}

/** @returns The limit that the route counts against. */
export function limitOf(route: ListedRoute): string | undefined {
  return (route.hooks as Declared).counted;
}

/** @throws Error naming every route that does not say who may call it or what it counts against. */
export function assertRoutes(routes: readonly ListedRoute[]): void {
  const problems = routes.flatMap((route) => {
    const name = `${route.method} ${route.path}`;
    if (accessOf(route) === undefined) return [`${name} declares none of auth, signup, public`];
    return route.path.startsWith("/api/") && !limitOf(route) ? [`${name} declares no limit`] : [];
  });
  if (problems.length > 0) throw new Error(`Cannot serve the routes: ${problems.join("; ")}`);
}
