import { operations } from '@latchwork/contract';
import type { WireTable } from './wire-call.js';
import { describeOperations } from './wire-description.js';

/**
 * Every call of the API, described from the contract. The build puts what this gives in the place of this module
 * (tsup.config.ts), so that an app's bundle holds the description and neither the schemas nor zod.
 */
export const wireTable: WireTable = describeOperations(operations);
