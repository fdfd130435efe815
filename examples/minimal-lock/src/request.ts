import { decodeCbor } from './cbor.js';
import { demand } from './refusal.js';
import { isBytes, isUint, refuseCriticalFields } from './signed-object.js';

/** What a caller asks of the bolt (SPEC §10.1). */
export interface Command {
  /** 1 unlock, 2 lock, 3 hold-open. */
  readonly action: number;
  readonly commandId: Uint8Array;
  readonly ttlMs: number;
  /** 0 tap, 1 biometric, 2 staff. */
  readonly intent: number;
  readonly remote: boolean;
  readonly nonce: Uint8Array | undefined;
}

/** What was shown for a command, not verified yet. */
export interface ShownAuthority {
  readonly kind: 'token' | 'grant';
  readonly bytes: Uint8Array;
}

/** The payload of message 3, or of a later record: a command of the bolt, or the one operation that this lock knows. */
export interface LockRequest {
  readonly authority: ShownAuthority | undefined;
  readonly certificate: Uint8Array | undefined;
  readonly asks: Command | 'status';
}

/** Reads a request, in the order of SPEC §10.1; throws `bad-frame`, `critical-field` or `unsupported`. */
export function parseRequest(payload: Uint8Array): LockRequest {
  const request = decodeCbor(payload);
  demand(request instanceof Map, 'bad-frame', 'no map');
  refuseCriticalFields(request, [2, 4, 6, 8, 10]);
  const [token, grant, certificate, command, operation] = [2, 4, 6, 8, 10].map((label) => request.get(label));
  for (const value of [token, grant, certificate])
    demand(value === undefined || isBytes(value), 'bad-frame', 'no bytes');
  demand(token === undefined || grant === undefined, 'bad-frame', 'token and grant');
  demand((command === undefined) !== (operation === undefined), 'bad-frame', 'not one thing to do');
  return {
    authority: isBytes(token)
      ? { kind: 'token', bytes: token }
      : isBytes(grant)
        ? { kind: 'grant', bytes: grant }
        : undefined,
    certificate: isBytes(certificate) ? certificate : undefined,
    asks: command === undefined ? parseOperation(operation) : parseCommand(command),
  };
}

function parseOperation(value: unknown): 'status' {
  demand(value instanceof Map, 'bad-frame', 'no operation');
  refuseCriticalFields(value, [2, 4]);
  const [name, body] = [2, 4].map((label) => value.get(label));
  demand(typeof name === 'number' && (body === undefined || isBytes(body)), 'bad-frame', 'no operation');
  demand(name === 1, 'unsupported', 'another operation');
  return 'status';
}

function parseCommand(value: unknown): Command {
  demand(value instanceof Map, 'bad-frame', 'no command');
  refuseCriticalFields(value, [2, 4, 6, 8, 10, 12]);
  const [action, commandId, ttlMs, intent, remote, nonce] = [2, 4, 6, 8, 10, 12].map((label) => value.get(label));
  demand(isBytes(commandId, 8) && isUint(ttlMs, Number.MAX_SAFE_INTEGER), 'bad-frame', 'no command');
  demand(typeof action === 'number' && typeof intent === 'number', 'bad-frame', 'no command');
  demand(remote === undefined || typeof remote === 'boolean', 'bad-frame', 'no place');
  demand(nonce === undefined || isBytes(nonce, 8), 'bad-frame', 'no nonce');
  demand(action >= 1 && action <= 3, 'unsupported', 'another action');
  demand(intent >= 0 && intent <= 2, 'unsupported', 'another intent');
  return { action, commandId, ttlMs, intent, remote: remote === true, nonce };
}
