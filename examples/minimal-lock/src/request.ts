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

/** The payload of message 3, or of a later record. */
export interface LockRequest {
  readonly authority: ShownAuthority | undefined;
  readonly certificate: Uint8Array | undefined;
  readonly command: Command;
}

/** Reads a request; throws `bad-frame`, `critical-field` or, for an operation and another action, `unsupported`. */
export function parseRequest(payload: Uint8Array): LockRequest {
  const request = decodeCbor(payload);
  demand(request instanceof Map, 'bad-frame', 'no map');
  refuseCriticalFields(request, [2, 4, 6, 8, 10]);
  const [token, grant, certificate, command, operation] = [2, 4, 6, 8, 10].map((label) => request.get(label));
  for (const value of [token, grant, certificate])
    demand(value === undefined || isBytes(value), 'bad-frame', 'no bytes');
  demand(token === undefined || grant === undefined, 'bad-frame', 'token and grant');
  demand((command === undefined) !== (operation === undefined), 'bad-frame', 'not one thing to do');
  demand(operation === undefined, 'unsupported', 'an operation');
  return {
    authority: isBytes(token)
      ? { kind: 'token', bytes: token }
      : isBytes(grant)
        ? { kind: 'grant', bytes: grant }
        : undefined,
    certificate: isBytes(certificate) ? certificate : undefined,
    command: parseCommand(command),
  };
}

function parseCommand(value: unknown): Command {
  demand(value instanceof Map, 'bad-frame', 'no command');
  refuseCriticalFields(value, [2, 4, 6, 8, 10, 12]);
  const [action, commandId, ttlMs, intent, remote, nonce] = [2, 4, 6, 8, 10, 12].map((label) => value.get(label));
  demand(isBytes(commandId, 8) && isUint(action) && isUint(ttlMs, Number.MAX_SAFE_INTEGER), 'bad-frame', 'no command');
  demand(isUint(intent, 2) && (remote === undefined || remote === true), 'bad-frame', 'no intent');
  demand(nonce === undefined || isBytes(nonce, 8), 'bad-frame', 'no nonce');
  demand(action >= 1 && action <= 3, 'unsupported', 'another action');
  return { action, commandId, ttlMs, intent, remote: remote === true, nonce };
}
