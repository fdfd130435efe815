import { encodeGatewayMessage, type GatewayMessageInput } from '@latchwork/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSampleHotel, lockKeys, type SampleHotel } from '../harness/sample-hotel.test-rig.js';
import { connectGateway, type ScriptedGateway } from '../harness/scripted-gateway.test-rig.js';
import { startTestPortal, type TestPortal } from '../harness/test-portal.test-rig.js';

type Word = NonNullable<NonNullable<GatewayMessageInput<'status'>['heardLocks']>[number]['word']>;

let test: TestPortal;
let hotel: SampleHotel;
let gateway: ScriptedGateway;
let driven: SampleHotel['device'];

beforeAll(async () => {
  test = await startTestPortal();
  hotel = await buildSampleHotel(test);
  const place = { propertyId: hotel.property.id, entranceId: hotel.entrance.id, kind: 'lock', name: 'Shed' } as const;
  driven = await hotel.people.owner.client.devices.create({ ...place, ...lockKeys(), driver: 'mqtt' });
  gateway = await connectGateway(hotel);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

/** The gateway tells of what a lock said; resolves when the portal has taken that, and one more that is news. */
async function tell({ tag }: SampleHotel['device'], word: Word, o: { readonly at?: number } = {}): Promise<void> {
  nextMark += 1;
  const marker = { bolt: 'locked', batteryPercent: nextMark, agoMs: 0 } as const;
  const beat = async (heardLocks: GatewayMessageInput<'status'>['heardLocks'], at: number) => {
    const status = { v: 1 as const, online: true, bootId: 'boot', at, ...(heardLocks && { heardLocks }) };
    await gateway.publish('status', encodeGatewayMessage('status', status), { qos: 1 });
  };
  await beat([{ tag, rssi: 0, agoMs: 0, flags: 0, word }], o.at ?? test.clock.now());
  const mark = await marked();
  await beat([{ tag: mark.tag, rssi: 0, agoMs: 0, flags: 0, word: marker }], test.clock.now());
  await expect
    .poll(async () => (await observed(mark))?.batteryPercent, { timeout: 30_000 })
    .toBe(marker.batteryPercent);
}

let nextMark = 0;
let markLock: SampleHotel['device'] | undefined;
async function marked(): Promise<SampleHotel['device']> {
  const place = { propertyId: hotel.property.id, entranceId: hotel.entrance.id, kind: 'lock', name: 'Mark' } as const;
  markLock ??= await hotel.people.owner.client.devices.create({ ...place, ...lockKeys(), driver: 'mqtt' });
  test.clock.advance(1);
  return markLock;
}

const observed = async ({ id: deviceId }: SampleHotel['device']) =>
  (await hotel.people.owner.client.devices.get({ deviceId })).observation;
const at = (ms = 0) => new Date(test.clock.now() + ms).toISOString();

describe('P-1: what a lock of another maker says of itself outside of commands', () => {
  it('is its observation, with the time when it said it; an older word changes nothing', async () => {
    const saidAt = at(-40_000);
    await tell(driven, { bolt: 'locked', batteryPercent: 62, agoMs: 40_000 });
    expect(await observed(driven)).toEqual({ bolt: 'locked', batteryPercent: 62, observedAt: saidAt });
    await tell(driven, { bolt: 'unlocked', batteryPercent: 99, agoMs: 90_000 });
    expect(await observed(driven)).toMatchObject({ bolt: 'locked', batteryPercent: 62 });
  });

  it('is as old as the status says that a broker has kept, and no younger than now by any clock', async () => {
    await tell(driven, { bolt: 'unlocked', batteryPercent: 99, agoMs: 0 }, { at: test.clock.now() - 86_400_000 });
    expect(await observed(driven)).toMatchObject({ bolt: 'locked' });
    const now = at();
    await tell(driven, { bolt: 'unlocked', batteryPercent: 61, agoMs: 0 }, { at: test.clock.now() + 86_400_000 });
    expect(await observed(driven)).toEqual({ bolt: 'unlocked', batteryPercent: 61, observedAt: now });
  });

  it('is written down anew when it says the same again only after ten minutes', async () => {
    test.clock.advance(60_000);
    const first = await observed(driven);
    await tell(driven, { bolt: 'unlocked', batteryPercent: 61, agoMs: 0 });
    expect(await observed(driven)).toEqual(first);
    test.clock.advance(600_000);
    const now = at();
    await tell(driven, { bolt: 'unlocked', batteryPercent: 61, agoMs: 0 });
    expect(await observed(driven)).toEqual({ ...first, observedAt: now });
  });

  it('when it was last within reach is told beside it, and stands still once it is away', async () => {
    const { id: deviceId } = driven;
    const heardAt = async () => (await hotel.people.owner.client.devices.get({ deviceId })).lastHeardAt;
    const now = at();
    await tell(driven, { bolt: 'unlocked', batteryPercent: 61, agoMs: 5_000 });
    expect(await heardAt()).toBe(now);
    test.clock.advance(60_000);
    // The bridge has told that it is away: it is in no status any more.
    const mark = await marked();
    await tell(mark, { bolt: 'locked', batteryPercent: 1, agoMs: 0 });
    expect(await heardAt()).toBe(now);
  });

  it('T13: of a lock that signs what it says, no gateway says it', async () => {
    await tell(hotel.device, { bolt: 'unlocked', batteryPercent: 1, agoMs: 0 });
    expect(await observed(hotel.device)).toBeNull();
  });
});
