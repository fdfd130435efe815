export type { Event, EventType } from '@latchwork/contract';
export { verifyWebhook, type WebhookHeaders, type WebhookRequest } from './verify-webhook.js';
export { WebhookError, type WebhookErrorCode, type WebhookErrorInfo } from './webhook-error.js';
