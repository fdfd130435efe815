import { answerOnly, type OperationHandler } from './operation-context.js';
import type { OperationName } from './operation-message.js';

/** The operations that give a lock to a property and take it back (SPEC §10). */
export const commissionOperations = {
  identify: (o) => answerOnly(o, 'unsupported', false),
  commission: (o) => answerOnly(o, 'unsupported', false),
  decommission: (o) => answerOnly(o, 'unsupported', false),
} as const satisfies Partial<Record<OperationName, OperationHandler>>;
