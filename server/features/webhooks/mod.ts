/**
 * The face of webhooks: events for the operator's own systems, delivered at least once and signed as Standard Webhooks
 * says. What is told is decided by the features that call `tellOperator`.
 * @module
 */
export { type Attempt, type FailedDelivery, selectAttempts, selectDisabled } from "./queries.ts";
export { createWebhooks, WEBHOOK, type WebhookState, type Webhooks } from "./service.ts";
