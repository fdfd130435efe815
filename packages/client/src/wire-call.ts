import type { Operation, OperationId } from '@latchwork/contract';
import type { ReplyShape } from './reply-shape.js';

/** How a call travels, all but its path and reply; a few dozen bytes for every call there is. */
export type WireManner = Pick<Operation, 'method' | 'sends' | 'idempotency' | 'precondition'>;

/** One call as its row: the place of its {@link WireManner} in the list of them, its path, and its reply, 0 for none. */
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

/** Finds a call by its name. */
export function findWireCall({ manners, rows }: WireTable, operation: OperationId): WireCall {
  const [manner, path, reply] = rows[operation] as WireRow;
  return { ...(manners[manner] as WireManner), operation, path, reply };
}

/** Every call of the API as the client needs it at run time. */
export interface WireTable {
  /** Each combination that occurs. */
  readonly manners: readonly WireManner[];
  /** One row for each operation id. */
  readonly rows: { readonly [operation: string]: WireRow };
}
