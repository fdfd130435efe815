import { answerOnly, type OperationHandler } from './operation-context.js';
import type { OperationName } from './operation-message.js';

/** The operation that reports a card (SPEC §10). */
export const enrollOperations = {
  enroll: (o) => answerOnly(o, 'unsupported', false),
} as const satisfies Partial<Record<OperationName, OperationHandler>>;
