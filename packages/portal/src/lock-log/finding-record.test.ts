import type { LogFinding } from '@latchwork/lock-protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LockHouse, openLockHouse } from '../harness/lock-house.test-rig.js';
import { createIdentifiers } from '../identifiers.js';
import { recordFindings } from './finding-record.js';

let house: LockHouse;
beforeEach(async () => {
  house = await openLockHouse();
});
afterEach(async () => {
  await house[Symbol.asyncDispose]();
});

const range = { from: 3, to: 5 };

it.each([
  [{ code: 'withheld', ...range }, range],
  [{ code: 'erased', ...range }, range],
  [{ code: 'acknowledged-unseen', ...range }, range],
  [
    { code: 'fork', seq: 4 },
    { from: 4, to: 4 },
  ],
  [
    { code: 'went-back', seq: 4, seen: 6 },
    { from: 5, to: 6 },
  ],
] satisfies readonly (readonly [LogFinding, { readonly from: number; readonly to: number }])[])(
  'T11: a gap is shown, with what is missing: %o',
  async (finding, missing) => {
    const { ledger, projection } = house;
    const { device } = house.ground.doors[0];
    const carrier = { kind: 'gateway', gatewayId: house.ground.gatewayId } as const;
    const parts = { projection, identifiers: createIdentifiers() };
    await ledger.write((draft) => recordFindings(draft, parts, { device, carrier, findings: [finding] }));
    const [alarm, ...others] = projection.alarms.group(device.id);
    expect(others).toEqual([]);
    expect(alarm?.cause).toEqual({ kind: 'log-tampered', deviceId: device.id, fault: finding.code, missing });
  },
);
