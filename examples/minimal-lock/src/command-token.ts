import { type Certificate, certificateUses, demandIssuedUnder } from './certificate.js';
import { demand } from './refusal.js';
import { isBytes, isUint, refuseCriticalFields, type SignedObject, verifyObject } from './signed-object.js';

/** A command token (SPEC §5.3) whose signature and place in time were right. */
export interface CommandToken {
  readonly kind: 'token';
  readonly lock: Uint8Array;
  readonly issuedAt: number;
  readonly commandId: Uint8Array;
  /** 1 unlock, 2 lock, 3 hold-open. */
  readonly action: number;
  readonly challenge: Uint8Array;
  readonly lifetimeSeconds: number;
}

/** Reads a token by its certificate, as far as what is signed says; throws the answer when it does not count. */
export function verifyCommandToken(object: SignedObject, certificate: Certificate): CommandToken {
  demand(certificate.use === certificateUses.cmd, 'auth', 'a certificate of another use');
  const { publicKey, epoch } = certificate;
  const claims = verifyObject(object, { type: 'OLP1-cmd', publicKey, epoch });
  refuseCriticalFields(claims, [6, 12, 14, 16]);
  const [lock, issuedAt, commandId, challenge, lifetimeSeconds] = [3, 6, 7, 14, 16].map((label) => claims.get(label));
  const action = claims.has(12) ? claims.get(12) : 1;
  demand(isBytes(lock, 8) && isBytes(commandId, 8) && isBytes(challenge, 8), 'auth', 'no token');
  demand(isUint(lifetimeSeconds, 30) && lifetimeSeconds > 0, 'auth', 'no token');
  demand(isUint(action, 3) && (claims.has(12) ? action > 1 : true), 'auth', 'no token');
  demandIssuedUnder(certificate, issuedAt);
  return { kind: 'token', lock, issuedAt, commandId, action, challenge, lifetimeSeconds };
}
