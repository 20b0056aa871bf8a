/**
 * Settings of the writer's connections.
 * @module
 */

/**
 * For the connections that run insertBatch and insertMarks. Their plans are kept, and one that is made while
 * tables are small, or while the statistics say so, has to be right for large ones: each row is looked up by the whole
 * key of one index. So what has no look-up is off, and pages and operators cost nothing: what remains is how many rows
 * a plan reads. With the usual costs the narrower messages_order_key won where one message a conversation was expected,
 * and each send read its whole conversation (a third of PostgreSQL's time at 25 messages in each).
 */
export const BATCH_SETTINGS = {
  plan_cache_mode: "force_generic_plan",
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  enable_material: "off",
  cpu_operator_cost: "0",
  random_page_cost: "0",
  jit: "off",
} as const;
