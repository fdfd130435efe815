/**
 * Every right, in the order of its bit on the wire. The four of an ordinary guest come first, so that their mask is one
 * byte. `local` and `remote` say where the holder may be; all others say what the holder may do.
 */
export const rightNames = [
  'unlock',
  'lock',
  'local',
  'remote',
  'status',
  'hold-open',
  'privacy-override',
  'log',
  'deliver',
  'enroll',
  'configure',
  'update-firmware',
  'commission',
] as const;

/** One right of a grant. */
export type Right = (typeof rightNames)[number];

/** A right to do something, as opposed to the two that say from where. */
export type OperationRight = Exclude<Right, 'local' | 'remote'>;

/** Whose grant it is: a person's, or a gateway's, which may only carry and watch. */
export type HolderRole = 'holder' | 'gateway';

/** All that a gateway's grant can ever give, whatever its rights say: no gateway opens a door by itself. */
export const gatewayRights: readonly OperationRight[] = ['deliver', 'log', 'status'];

/** Mask of a set of rights; repetition does not matter. */
export function encodeRights(rights: readonly Right[]): number {
  return rights.reduce((mask, right) => mask | (1 << rightNames.indexOf(right)), 0);
}

/** Rights of a mask in the order of their bits; `undefined` when a bit is set that this version does not know. */
export function decodeRights(mask: number): readonly Right[] | undefined {
  if (mask >>> rightNames.length !== 0) return undefined;
  return rightNames.filter((_, bit) => (mask & (1 << bit)) !== 0);
}

/** What is asked and what is held. */
export interface RightQuestion {
  readonly right: OperationRight;
  readonly rights: readonly Right[];
  readonly role: HolderRole;
  /** Where the person is who asks; `anywhere`: it does not matter. */
  readonly via: 'local' | 'remote' | 'anywhere';
}

/** The answer to a {@link RightQuestion}; `remote-denied` when only the place is wrong. */
export type RightDecision = { readonly ok: true } | { readonly ok: false; readonly code: 'no-right' | 'remote-denied' };

/** Decides one cell of the rights matrix (SPEC §6): nothing is allowed that is not held. */
export function decideRight(question: RightQuestion): RightDecision {
  const { right, rights, role, via } = question;
  if (role === 'gateway' && !gatewayRights.includes(right)) return { ok: false, code: 'no-right' };
  if (!rights.includes(right)) return { ok: false, code: 'no-right' };
  if (via === 'anywhere' || rights.includes(via)) return { ok: true };
  return { ok: false, code: via === 'remote' ? 'remote-denied' : 'no-right' };
}
