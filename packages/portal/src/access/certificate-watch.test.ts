import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleHotel, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

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

  it('are warned of once a day from thirty days before their end, each by its property and use', async () => {
    hotel = await buildSampleHotel(test);
    expect(Number(await secondsLeft()) / (dayMs / 1000)).toBeCloseTo(365, 4);
    test.clock.advance(334 * dayMs);
    await test.portal.maintain();
    expect(warnings()).toEqual([]);
    test.clock.advance(dayMs);
    await test.portal.maintain();
    await test.portal.maintain();
    const told = warnings().map((line) => JSON.parse(line));
    expect(told.map(({ propertyId, use }) => ({ propertyId, use }))).toEqual(
      ['cert', 'cmd', 'grant', 'set'].map((use) => ({ propertyId: hotel.property.id, use })),
    );
    expect(Number(await secondsLeft()) / (dayMs / 1000)).toBeCloseTo(30, 4);
    test.clock.advance(dayMs);
    await test.portal.maintain();
    expect(warnings()).toHaveLength(8);
  });
});
