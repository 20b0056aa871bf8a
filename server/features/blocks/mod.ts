/**
 * The public part of the blocks feature.
 * @module
 */

export { blockRoutes } from "./routes.ts";
export { type BlockService, createBlockService, removeBlock } from "./service.ts";
