import { defaultDeadlineMs, operationPath, type RouteReply, type Routes } from '@latchwork/contract';
import type { CallableId, CallFunction, CallInput, CallOptions } from './call-types.js';
import { LatchworkError } from './latchwork-error.js';
import { createReader, describeFault, type ReadShape, type ShapeFault } from './reply-shape.js';
import type { RetryOptions } from './retry-policy.js';
import type { Transport, TransportRequest } from './transport.js';
import { findWireCall, type WireCall } from './wire-call.js';
import { wireTable } from './wire-table.js';

/** What holds for every call of a client. */
export interface CallDefaults {
  /** Bound of a call that names none. */
  readonly timeoutMs: number;
  /** How calls that are safe to repeat are repeated. */
  readonly retry: RetryOptions;
}

/** What the client itself may ask of a call besides {@link CallOptions}. */
export interface SendOptions extends CallOptions {
  /** How long the portal is asked to hold its reply back; added to the client's own `timeoutMs`. */
  readonly waitSeconds?: number | undefined;
}

/** Sends one call of the API: the function behind every method of the client. */
export type Send = <Id extends CallableId>(
  id: Id,
  input: CallInput<Routes[Id]>,
  options: SendOptions,
) => Promise<RouteReply<Routes[Id]>>;

type FlatInput = Readonly<Record<string, unknown>>;

/** Makes the function that every call of the client goes through. */
export function createSend(transport: Transport, defaults: CallDefaults): Send {
  const prepared = new Map<CallableId, { readonly called: WireCall; readonly read: ReadShape | undefined }>();
  const prepare = (id: CallableId) => {
    const called = findWireCall(wireTable, id);
    const one = { called, read: called.reply === 0 ? undefined : createReader(called.reply) };
    prepared.set(id, one);
    return one;
  };
  // What a shape lets through is what the operation's type says; only the contract's tests can see that they agree.
  return ((id, input, options) => {
    const { called, read } = prepared.get(id) ?? prepare(id);
    const request = buildRequest(called, input, options, defaults);
    return transport(request, async (response) => read && (await readReply(id, read, response)));
  }) as Send;
}

/** Makes a call's function from its operation id, with no input argument for a route that takes none. */
export function createCallFunction<Id extends CallableId>(send: Send, id: Id): CallFunction<Routes[Id]> {
  const called = findWireCall(wireTable, id);
  const takesInput = called.path.includes('/:') || called.sends !== 'nothing';
  return (...args) => {
    const [input, options] = (takesInput ? args : [{}, args[0]]) as [CallInput<Routes[Id]>?, CallOptions?];
    // A missing input is allowed by the types only where every field is optional.
    return send(id, input ?? ({} as CallInput<Routes[Id]>), options ?? {});
  };
}

/** Lays a flat input out as the request its route asks for; the input is checked by the portal, not here. */
export function buildRequest(
  called: WireCall,
  input: FlatInput,
  options: SendOptions,
  defaults: CallDefaults,
): TransportRequest {
  const params: Record<string, string> = {};
  const rest: Record<string, unknown> = {};
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(input)) {
    if (called.precondition === 'version' && name === 'version') headers['if-match'] = `"${value}"`;
    else if (`${called.path}/`.includes(`/:${name}/`)) params[name] = String(value);
    else if (value !== undefined) rest[name] = value;
  }
  if (called.idempotency !== 'none') headers['idempotency-key'] = options.idempotencyKey ?? newIdempotencyKey();
  if (options.waitSeconds) headers['prefer'] = `wait=${options.waitSeconds}`;
  if (options.traceparent !== undefined) headers['traceparent'] = options.traceparent;
  // RFC 9110 §9.2.2: the other methods mean the same however often they arrive.
  const repeatable = called.idempotency !== 'none' || !(called.method === 'POST' || called.method === 'PATCH');
  return {
    operation: called.operation,
    method: called.method,
    path: operationPath(called, params) + (called.sends === 'query' ? toQuery(rest) : ''),
    headers,
    body: called.sends === 'body' ? rest : undefined,
    retry: repeatable ? defaults.retry : undefined,
    deadlineMs: called.operation === 'unlockEntrance' ? Number(rest['deadlineMs'] ?? defaultDeadlineMs) : undefined,
    timeoutMs: options.timeoutMs ?? defaults.timeoutMs + (options.waitSeconds ?? 0) * 1000,
    signal: options.signal,
  };
}

function toQuery(query: FlatInput): string {
  const text = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}

// Not crypto.randomUUID: browsers offer it only to pages from https or localhost.
function newIdempotencyKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function readReply(operation: CallableId, read: ReadShape, response: Response): Promise<unknown> {
  const { status } = response;
  let body: unknown;
  try {
    body = await response.json();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new LatchworkError({ operation, code: 'invalid-response', status, issues: ['not JSON'] }, error);
  }
  const faults: ShapeFault[] = [];
  const reply = read(body, faults);
  if (faults.length === 0) return reply;
  throw new LatchworkError({ operation, code: 'invalid-response', status, issues: faults.map(describeFault) });
}
