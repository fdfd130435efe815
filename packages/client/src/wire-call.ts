import type { Operation, OperationId } from '@latchwork/contract';
import type { ReplyShape } from './reply-shape.js';
import { callNames } from './resource-calls.js';

/** How a call travels, all but its path and reply; a few dozen bytes for every call there is. */
export type WireManner = Pick<Operation, 'method' | 'sends' | 'idempotency' | 'precondition'> & {
  /** Whether it answers with a page of a list. */
  readonly isPaged: boolean;
};

/**
 * One call as its row: the place of its {@link WireManner} in the list of them, its path, and its reply, 0 for none; of a
 * page only what it is a page of.
 */
export type WireRow = readonly [manner: number, path: Operation['path'], reply: ReplyShape | 0];

/** One call as the client works with it. */
export interface WireCall extends WireManner {
  /** Its name. */
  readonly operation: OperationId;
  /** Path with `:name` for each parameter. */
  readonly path: Operation['path'];
  /** Shape of the reply, or of each event of a stream; 0 for a reply without a body. */
  readonly reply: ReplyShape | 0;
}

const places = new Map(callNames.map((operation, place) => [operation, place]));

/** Finds a call by its name. */
export function findWireCall({ manners, rows }: WireTable, operation: OperationId): WireCall {
  const [at, path, shape] = rows[places.get(operation) as number] as WireRow;
  const manner = manners[at] as WireManner;
  const reply = shape !== 0 && manner.isPaged ? ({ data: [shape], nextCursor: [1, 0] } as const) : shape;
  return { ...manner, operation, path, reply };
}

/** Every call of the API as the client needs it at run time. */
export interface WireTable {
  /** Each combination that occurs. */
  readonly manners: readonly WireManner[];
  /** One row for each of {@link callNames}. */
  readonly rows: readonly WireRow[];
}
