import { beforeEach, describe, expect, test } from 'vitest';
import { createFakeClock, type FakeClock } from '../fake-clock.js';
import { hciCommand } from '../hci/codes.js';
import { createAir, type VirtualAir } from './air.js';
import { addHost, createConnection, type Host, startAdvertising } from './hex-host.js';

const lockAddress = 'c0:00:00:00:00:01';
const gatewayAddress = '00:1b:dc:00:00:01';

let clock: FakeClock;
let air: VirtualAir;
let gateway: Host;
let lock: Host;

beforeEach(() => {
  clock = createFakeClock();
  air = createAir({ seed: 1, timers: clock });
  gateway = addHost(air, clock, { address: gatewayAddress });
  lock = addHost(air, clock, { address: lockAddress, rssi: -70 });
});

describe('scanning', () => {
  const advert = '043e0f020100000100000000c003020106ba';
  const scanResponse = '043e0e020104000100000000c0020109ba';

  async function scan(parameters: string, enable: string): Promise<string[]> {
    startAdvertising(lock);
    await lock.said();
    gateway.command(hciCommand.leSetScanParameters, parameters);
    gateway.command(hciCommand.leSetScanEnable, enable);
    await gateway.said();
    await clock.advance(300);
    return gateway.said();
  }

  test('a passive scan hears adverts, every 20 to 30 ms', async () => {
    const heard = await scan('00120012000000', '0100');
    expect(new Set(heard)).toEqual(new Set([advert]));
    expect(heard.length).toBeGreaterThanOrEqual(10);
    expect(heard.length).toBeLessThanOrEqual(16);
  });

  test('an active scan hears the scan response after each advert', async () => {
    const heard = await scan('01120012000000', '0100');
    expect(heard.slice(0, 4)).toEqual([advert, scanResponse, advert, scanResponse]);
  });

  test('a duplicate filter lets each advertiser through once per scan', async () => {
    expect(await scan('01120012000000', '0101')).toEqual([advert, scanResponse]);
    gateway.command(hciCommand.leSetScanEnable, '0001');
    gateway.command(hciCommand.leSetScanEnable, '0101');
    await clock.advance(50);
    expect((await gateway.said()).slice(2)).toEqual([advert, scanResponse]);
  });

  test('one filter does not spoil the scan of another', async () => {
    const other = addHost(air, clock, { address: '00:1b:dc:00:00:02' });
    other.command(hciCommand.leSetScanEnable, '0100');
    expect(await scan('00120012000000', '0101')).toEqual([advert]);
    expect((await other.said()).length).toBeGreaterThan(9);
  });

  test('a lock in a connection is not heard, and is again afterwards', async () => {
    startAdvertising(lock);
    createConnection(gateway, lockAddress);
    await clock.advance(30);
    gateway.command(hciCommand.leSetScanEnable, '0100');
    await gateway.said();
    await clock.advance(300);
    expect(await gateway.said()).toEqual([]);
    air.links[0]?.drop();
    lock.command(hciCommand.leSetAdvertisingEnable, '01');
    await clock.advance(30);
    expect(await gateway.said()).toContain(advert);
  });

  test('nobody who listens means nothing to do, for however many advertisers', async () => {
    startAdvertising(lock);
    await clock.advance(1_000);
    expect(clock.pendingTimers).toBe(0);
  });

  test('adverts keep their rhythm while nobody listens, so that listening anew is no shortcut', async () => {
    startAdvertising(lock);
    await lock.said();
    const times: number[] = [];
    gateway.controller.onPacket((packet) => {
      if (packet[1] === 0x3e) times.push(clock.monotonic());
    });
    gateway.command(hciCommand.leSetScanParameters, '00120012000000');
    for (let round = 0; round < 200; round += 1) {
      gateway.command(hciCommand.leSetScanEnable, '0100');
      await clock.advance(13);
      gateway.command(hciCommand.leSetScanEnable, '0000');
      await clock.advance(4);
    }
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(gaps.length).toBeGreaterThan(50);
    for (const gap of gaps) {
      // The interval is 20 ms and each advert comes up to 10 ms later; a gap spans one advert or a few.
      const adverts = Math.ceil(gap / 30);
      expect(gap).toBeGreaterThanOrEqual(adverts * 20);
    }
  });

  test('the same seed gives the same times, another seed others', async () => {
    const timesOf = async (seed: number): Promise<number[]> => {
      air = createAir({ seed, timers: clock });
      const listener = addHost(air, clock, { address: gatewayAddress });
      startAdvertising(addHost(air, clock, { address: lockAddress }));
      const begun = clock.monotonic();
      const times: number[] = [];
      listener.controller.onPacket((packet) => {
        if (packet[1] === 0x3e) times.push(Math.round((clock.monotonic() - begun) * 1_000));
      });
      listener.command(hciCommand.leSetScanEnable, '0100');
      await clock.advance(300);
      air.close();
      return times;
    };
    const first = await timesOf(5);
    expect(first.length).toBeGreaterThan(9);
    expect(await timesOf(5)).toEqual(first);
    expect(await timesOf(6)).not.toEqual(first);
  });
});
