/**
 * The face of what an app asks for before anybody is signed in: limits, pictures, push, versions.
 * @module
 */
export { clientConfigRoutes } from "./routes.ts";
