import { describe, expect, it } from 'vitest';
import { decideRight, decodeRights, encodeRights, type OperationRight, type Right, rightNames } from './rights.js';

const operations = rightNames.filter((right): right is OperationRight => right !== 'local' && right !== 'remote');
const masks = Array.from({ length: 2 ** rightNames.length }, (_, mask) => mask);

// SPEC §6 as a table of what a gateway's grant may give; a holder's may give everything.
const gatewayMay: Readonly<Record<OperationRight, boolean>> = {
  unlock: false,
  lock: false,
  status: true,
  'hold-open': false,
  'privacy-override': false,
  log: true,
  deliver: true,
  enroll: false,
  configure: false,
  'update-firmware': false,
  commission: false,
};

function expected(right: OperationRight, o: { held: ReadonlySet<Right>; gateway: boolean; remote: boolean }): string {
  if (o.gateway && !gatewayMay[right]) return 'no-right';
  if (!o.held.has(right)) return 'no-right';
  if (o.remote) return o.held.has('remote') ? 'allowed' : 'remote-denied';
  return o.held.has('local') ? 'allowed' : 'no-right';
}

describe('rights', () => {
  it('T5: every cell of operation × rights × role × place is the specification’s', () => {
    const differing: string[] = [];
    let allowedUnlocks = 0;
    for (const mask of masks) {
      const rights = decodeRights(mask) ?? [];
      const held = new Set(rights);
      for (const right of operations) {
        for (const role of ['holder', 'gateway'] as const) {
          for (const via of ['local', 'remote'] as const) {
            const decision = decideRight({ right, rights, role, via });
            const code = decision.ok ? 'allowed' : decision.code;
            if (code !== expected(right, { held, gateway: role === 'gateway', remote: via === 'remote' })) {
              differing.push(`${right} ${mask} ${role} ${via}: ${code}`);
            }
            if (right === 'unlock' && decision.ok) {
              allowedUnlocks += 1;
              if (role === 'gateway') differing.push(`a gateway may unlock with ${mask}`);
            }
          }
        }
      }
    }
    expect(differing).toEqual([]);
    // Unlock and the place fixed, eleven bits free, two places.
    expect(allowedUnlocks).toBe(2 * 2 ** 11);
  });

  it('are a mask and back', () => {
    for (const mask of masks) expect(encodeRights(decodeRights(mask) ?? [])).toBe(mask);
    expect(encodeRights(['lock', 'lock'])).toBe(2);
  });

  it('keep the mask of an ordinary guest in one byte of CBOR', () => {
    expect(encodeRights(['unlock', 'lock', 'local', 'status'])).toBeLessThan(24);
  });

  it('with an unknown bit are none', () => {
    expect(decodeRights(2 ** rightNames.length)).toBeUndefined();
    expect(decodeRights(0xffff_ffff)).toBeUndefined();
  });
});
