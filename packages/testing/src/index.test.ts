import { expect, test } from 'vitest';

test('the surface of the package', async () => {
  expect(Object.keys(await import('./index.js')).sort()).toEqual([
    'attError',
    'attOpcode',
    'connectHciSocket',
    'createAir',
    'createFakeClock',
    'createGattServer',
    'createH4Splitter',
    'createPlainBrowser',
    'createPropertyFixture',
    'createSimulatedLock',
    'encodeAclPacket',
    'encodeAdStructure',
    'encodeCommandPacket',
    'encodeEventPacket',
    'encodeServiceAdvert',
    'encodeServiceDataAd',
    'hciCommand',
    'hciEvent',
    'hciStatus',
    'installHciShim',
    'l2capChannel',
    'serveAir',
    'startAirProcess',
    'startMailCatcher',
    'startProgram',
    'startTestBroker',
    'systemLockTime',
    'systemTimers',
  ]);
});
