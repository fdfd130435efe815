import { answerOnly, type OperationHandler } from './operation-context.js';
import type { OperationName } from './operation-message.js';

/** The operations that carry a credential set to a lock (SPEC §10). */
export const setOperations = {
  'set-begin': (o) => answerOnly(o, 'unsupported', false),
  'set-put': (o) => answerOnly(o, 'unsupported', false),
  'set-commit': (o) => answerOnly(o, 'unsupported', false),
  'set-abort': (o) => answerOnly(o, 'unsupported', false),
  'set-summary': (o) => answerOnly(o, 'unsupported', false),
  bulletin: (o) => answerOnly(o, 'unsupported', false),
} as const satisfies Partial<Record<OperationName, OperationHandler>>;
