import { toInstant } from '@latchwork/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleHotel, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';
import { createCertificateWatch } from './certificate-watch.js';

const dayMs = 24 * 60 * 60 * 1000;
let test: TestPortal;
let hotel: SampleHotel;

beforeAll(async () => {
  test = await startTestPortal();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
});

const warnings = () => test.log.filter((line) => line.includes('certificate of a property ends soon'));
const secondsLeft = async () =>
  /^latchwork_portal_certificate_seconds_left (\S+)$/m.exec(await (await test.send('GET', '/metrics')).text())?.[1];

describe('the certificates of properties', () => {
  it('have no end in sight while there is no property', async () => {
    expect(await secondsLeft()).toBe('+Inf');
  });

  it('are renewed sixty days before their end, each with a key of its own, and nobody is warned', async () => {
    hotel = await buildSampleHotel(test);
    const keys = () => test.portal.projection.signers.all().map(({ publicKey }) => publicKey);
    const before = keys();
    expect(Number(await secondsLeft()) / (dayMs / 1000)).toBeCloseTo(365, 4);
    test.clock.advance(304 * dayMs);
    await test.portal.maintain();
    expect(Number(await secondsLeft()) / (dayMs / 1000)).toBeCloseTo(61, 4);
    expect(keys()).toEqual(before);
    test.clock.advance(dayMs);
    await test.portal.maintain();
    expect(Number(await secondsLeft()) / (dayMs / 1000)).toBeCloseTo(365, 4);
    expect(new Set([...keys(), ...before]).size).toBe(8);
    expect(warnings()).toEqual([]);
  });

  it('that could not be renewed are an alarm each from thirty days before their end, cleared once they are', async () => {
    const alarms = async () => {
      await test.portal.reconcile();
      return test.portal.projection.alarms
        .group(hotel.property.id)
        .flatMap(({ cause, clearedAt }) =>
          cause.kind === 'certificate-ending' && clearedAt === null ? [cause.use] : [],
        );
    };
    // Nothing was maintained meanwhile.
    test.clock.advance(334 * dayMs);
    expect(await alarms()).toEqual([]);
    test.clock.advance(dayMs);
    expect((await alarms()).sort()).toEqual(['cert', 'cmd', 'grant', 'set']);
    await test.portal.maintain();
    expect(await alarms()).toEqual([]);
  });

  it('are warned of once a day from thirty days before their end, each by its property and use', () => {
    const signers = test.portal.projection.signers;
    const told: object[] = [];
    const watch = createCertificateWatch({ signers, log: { warn: (fields: object) => told.push(fields) } });
    const [{ expiresAt } = { expiresAt: 0 }] = signers.all();
    const daysBefore = (days: number) => toInstant(expiresAt - days * dayMs);
    watch.check(daysBefore(31));
    expect(told).toEqual([]);
    watch.check(daysBefore(30));
    watch.check(daysBefore(29.5));
    expect(told).toMatchObject(
      ['cert', 'cmd', 'grant', 'set'].map((use) => ({
        propertyId: hotel.property.id,
        use,
        secondsLeft: (30 * dayMs) / 1000,
      })),
    );
    watch.check(daysBefore(29));
    expect(told).toHaveLength(8);
  });
});
