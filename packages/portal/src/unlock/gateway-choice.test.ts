import { type GatewayId, toInstant } from '@latchwork/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseByHearing } from './gateway-choice.js';

const now = toInstant(100_000_000);
const [near, far] = ['gw_near', 'gw_far'] as unknown as readonly [GatewayId, GatewayId];
const heard = (gatewayId: GatewayId, rssi: number, agoMs = 0) => ({ gatewayId, rssi, heardAt: toInstant(now - agoMs) });

describe('which of two gateways unlocks', () => {
  it('is the one that hears the lock best, whichever comes first', () => {
    const hearings = [heard(near, -50), heard(far, -80)];
    expect(chooseByHearing([far, near], { hearings, last: undefined, now })).toBe(near);
    expect(chooseByHearing([near, far], { hearings, last: undefined, now })).toBe(near);
  });

  it('what was heard long ago counts less with time, and after ten minutes nothing', () => {
    expect(
      chooseByHearing([near, far], { hearings: [heard(near, -50, 100_000), heard(far, -65)], last: undefined, now }),
    ).toBe(near);
    const hearings = [heard(near, -50, 400_000), heard(far, -80)];
    expect(chooseByHearing([near, far], { hearings, last: undefined, now })).toBe(far);
    expect(
      chooseByHearing([near, far], { hearings: [heard(near, -10, 601_000), heard(far, -80)], last: undefined, now }),
    ).toBe(far);
  });

  it('the one that opened it last is kept unless another one hears it clearly better', () => {
    expect(chooseByHearing([near, far], { hearings: [heard(near, -60), heard(far, -65)], last: far, now })).toBe(far);
    expect(chooseByHearing([near, far], { hearings: [heard(near, -60), heard(far, -67)], last: far, now })).toBe(near);
  });

  it('of several that hear it alike the first, and of several that have heard nothing the one that opened it last', () => {
    const alike = [heard(near, -60), heard(far, -60)];
    expect(chooseByHearing([near, far], { hearings: alike, last: undefined, now })).toBe(near);
    expect(chooseByHearing([far, near], { hearings: alike, last: undefined, now })).toBe(far);
    expect(chooseByHearing([near, far], { hearings: [], last: far, now })).toBe(far);
    const hearings = [heard(near, -127, 600_000)];
    expect(chooseByHearing([near, far], { hearings, last: far, now }), 'ten minutes to the moment').toBe(near);
  });

  it('one that has heard nothing is taken rather than none', () => {
    expect(chooseByHearing([far], { hearings: [], last: undefined, now })).toBe(far);
    expect(chooseByHearing([far, near], { hearings: [heard(near, -127, 599_000)], last: far, now })).toBe(near);
    expect(chooseByHearing([], { hearings: [heard(near, -50)], last: near, now })).toBeUndefined();
  });

  it('is always one of those that can be reached', () => {
    const id = fc.constantFrom(near, far, 'gw_attic' as GatewayId);
    const hearing = fc.record({
      gatewayId: id,
      rssi: fc.integer({ min: -127, max: 20 }),
      heardAt: fc.nat(200_000_000),
    });
    fc.assert(
      fc.property(fc.uniqueArray(id), fc.array(hearing), fc.option(id, { nil: undefined }), (ids, all, last) => {
        const hearings = all.map((one) => ({ ...one, heardAt: toInstant(one.heardAt) }));
        const chosen = chooseByHearing(ids, { hearings, last, now });
        expect(ids.length === 0 ? chosen === undefined : ids.includes(chosen as GatewayId)).toBe(true);
      }),
    );
  });
});
