import { answerOnly, type OperationHandler } from './operation-context.js';
import type { OperationName } from './operation-message.js';

/** The operations that carry firmware to a lock (SPEC §10). */
export const firmwareOperations = {
  'firmware-offer': (o) => answerOnly(o, 'unsupported', false),
  'firmware-put': (o) => answerOnly(o, 'unsupported', false),
  'firmware-commit': (o) => answerOnly(o, 'unsupported', false),
} as const satisfies Partial<Record<OperationName, OperationHandler>>;
