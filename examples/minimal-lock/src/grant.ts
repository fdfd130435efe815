import { type Certificate, certificateUses, demandIssuedUnder } from './certificate.js';
import { demand } from './refusal.js';
import { parseSchedule, type Schedule } from './schedule.js';
import { asArray, isBytes, isUint, refuseCriticalFields, type SignedObject, verifyObject } from './signed-object.js';

/** A grant (SPEC §5.4) whose signature and place in time were right. */
export interface Grant {
  readonly kind: 'grant';
  readonly grantId: Uint8Array;
  readonly locks: readonly Uint8Array[];
  readonly notBefore: number;
  readonly expires: number;
  readonly issuedAt: number;
  readonly holderPublicKey: Uint8Array;
  /** The mask of SPEC §6; nothing that a gateway's role does not give. */
  readonly rights: number;
  readonly userVerify: boolean;
  readonly oneShot: boolean;
  readonly noClockOk: boolean;
  readonly schedule: Schedule | undefined;
  readonly issue: { readonly slot: number; readonly number: number } | undefined;
}

/** The bits of a mask of rights that this lock asks for. */
export const rights = {
  unlock: 1 << 0,
  lock: 1 << 1,
  local: 1 << 2,
  remote: 1 << 3,
  status: 1 << 4,
  holdOpen: 1 << 5,
  privacyOverride: 1 << 6,
} as const;

const knownRights = (1 << 13) - 1;
const gatewayRights = rights.status | (1 << 7) | (1 << 8);
const longestSeconds = 31 * 86_400;

/** Reads a grant by its certificate, as far as what is signed says; throws the answer when it does not count. */
export function verifyGrant(object: SignedObject, certificate: Certificate, lowestEpoch: number): Grant {
  demand(certificate.use === certificateUses.grant, 'auth', 'a certificate of another use');
  const claims = verifyObject(object, { type: 'OLP1-grant', publicKey: certificate.publicKey });
  const epoch = claims.get(10);
  demand(isUint(epoch), 'auth', 'no epoch');
  demand(epoch === certificate.epoch, epoch < lowestEpoch ? 'epoch' : 'auth', 'the epoch is not the certificate’s');
  refuseCriticalFields(claims, [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22]);
  const [expires, issuedAt, grantId, holderPublicKey, mask] = [4, 6, 7, 8, 12].map((label) => claims.get(label));
  demandIssuedUnder(certificate, issuedAt);
  const notBefore = claims.has(5) ? claims.get(5) : issuedAt;
  demand(isUint(expires) && isUint(notBefore) && (!claims.has(5) || notBefore !== issuedAt), 'auth', 'no times');
  demand(expires > notBefore && expires - notBefore <= longestSeconds, 'auth', 'no window');
  demand(isBytes(grantId, 8) && (isBytes(holderPublicKey, 32) || isP256(holderPublicKey)), 'auth', 'no grant');
  demand(isUint(mask) && (mask & ~knownRights) === 0, 'auth', 'an unknown right');
  const flags = claims.get(14) ?? 0;
  demand(isUint(flags, 7) && (!claims.has(14) || flags > 0), 'auth', 'unknown flags');
  const role = claims.get(22);
  demand(!claims.has(22) || role === 2, 'auth', 'an unknown role');
  const holder = claims.get(2);
  demand(!claims.has(2) || isName(holder), 'auth', 'no holder');
  const [slot, number] = [claims.get(18), claims.get(20)];
  demand(claims.has(18) === claims.has(20), 'auth', 'slot or issue alone');
  demand(!claims.has(18) || (isUint(slot, 255) && isUint(number)), 'auth', 'no issue');
  return {
    kind: 'grant',
    grantId,
    locks: parseLocks(claims.get(3)),
    notBefore,
    expires,
    issuedAt,
    holderPublicKey,
    rights: role === 2 ? mask & gatewayRights : mask,
    userVerify: (flags & 1) !== 0,
    oneShot: (flags & 2) !== 0,
    noClockOk: (flags & 4) !== 0,
    schedule: claims.has(16) ? parseSchedule(claims.get(16), notBefore) : undefined,
    issue: isUint(slot) && isUint(number) ? { slot, number } : undefined,
  };
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= 32;
}

function isP256(value: unknown): value is Uint8Array {
  return isBytes(value, 33) && (value[0] === 2 || value[0] === 3);
}

function parseLocks(value: unknown): readonly Uint8Array[] {
  const locks = isBytes(value) ? [value] : asArray(value);
  demand(isBytes(value) || (locks.length >= 2 && locks.length <= 32), 'auth', 'no locks');
  return locks.map((lock) => {
    demand(isBytes(lock, 8), 'auth', 'no lock');
    return lock;
  });
}
