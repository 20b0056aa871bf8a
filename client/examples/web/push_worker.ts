/**
 * The page's service worker: shows notifications while the page is closed, and opens their conversation on a click.
 * @module
 */
import { installPushWorker } from "../../push/mod.ts";

installPushWorker(globalThis, { page: (id) => (id ? `/demo/app#${id}` : "/demo/app") });
