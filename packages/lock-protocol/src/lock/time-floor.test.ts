import { expect, test } from 'vitest';
import type { ClockQuality } from '../log/lock-log.js';
import { type Grant, signGrant } from '../objects/grant.js';
import { epochSeconds } from '../session.test-rig.js';
import { createScene } from './command-scene.test-rig.js';

const daySeconds = 86_400;
/** The last second of the rig's certificates. */
const certificateEnd = 300 * daySeconds - 1;

/** A thief of the property's secret for commands, who may lie about the time of issue, and a guest with a grant. */
function createTheft(quality: ClockQuality) {
  const scene = createScene();
  const { crypto, door, property, unlock } = scene;
  door.clock = { quality, offsetSeconds: 0 };
  const perform = async (change: Parameters<typeof unlock>[1]) => {
    const link = door.connect();
    const { code } = await unlock(link, change);
    link.close();
    return code;
  };
  /** A token that claims to be issued `seconds` from now. */
  const steal = (seconds: number) => {
    const commandId = crypto.randomBytes(8);
    return perform({
      command: { commandId, action: 'unlock', ttlMs: 5000, intent: 'staff' },
      authority: async (challenge) => ({
        kind: 'token',
        token: property.token({ lock: door.tag, commandId, challenge, at: seconds * 1000 }),
        certificate: property.certificates.cmd,
      }),
    });
  };
  const phone = crypto.x25519KeyPair();
  const showGrant = (grant: Uint8Array, certificate: Uint8Array) =>
    perform({ caller: phone, authority: async () => ({ kind: 'grant', grant, certificate }) });
  const guest = (change: Partial<Grant> = {}) =>
    showGrant(
      property.grant({ locks: [door.tag], holderPublicKey: phone.publicKey, flags: ['no-clock-ok'], ...change }),
      property.certificates.grant,
    );
  return { ...scene, steal, guest, showGrant, phone };
}

test.each(['good', 'stale', 'none'] as const)(
  'T6: a stolen secret cannot speak of a time outside its certificate, nor brick a lock with it (clock %s)',
  async (quality) => {
    const { door, steal, guest } = createTheft(quality);
    const year2106 = 4_291_747_200 - epochSeconds;
    for (const seconds of [year2106, certificateEnd + 1, -daySeconds - 1]) expect(await steal(seconds)).toBe('auth');
    expect(await guest({ issuedAt: epochSeconds + year2106 })).toBe('auth');
    expect(door.moves).toHaveLength(0);
    expect(await guest()).toBe('ok');
    door.restart();
    expect(await steal(0)).toBe('ok');
  },
);

test('T6: a lock with a good clock takes no lie about the time at all, told at once or in steps', async () => {
  const { steal, guest } = createTheft('good');
  expect(await steal(certificateEnd)).toBe('ok');
  expect(await guest()).toBe('ok');
  const shortly = { expires: epochSeconds + 601 };
  for (const seconds of [600, 1200, 1800]) expect(await steal(seconds)).toBe('ok');
  expect(await guest(shortly)).toBe('ok');
});

test('T6: what a stolen secret told a lock with a stale clock ends with the next epoch', async () => {
  const { crypto, door, property, steal, guest, showGrant, phone } = createTheft('stale');
  expect(await steal(certificateEnd)).toBe('ok');
  door.restart();
  expect(await guest()).toBe('expired');
  const signing = crypto.ed25519KeyPair();
  const certificate = property.certify({
    use: 'grant',
    publicKey: signing.publicKey,
    epoch: 2,
    notBefore: epochSeconds - 60,
  });
  const renewed = signGrant(crypto, signing.secret, {
    grantId: crypto.randomBytes(8),
    locks: [door.tag],
    notBefore: epochSeconds - 60,
    expires: epochSeconds + daySeconds,
    issuedAt: epochSeconds - 60,
    holderPublicKey: phone.publicKey,
    rights: ['unlock', 'local'],
    epoch: 2,
  });
  expect(await showGrant(renewed, certificate)).toBe('ok');
  expect(await steal(certificateEnd)).toBe('epoch');
  door.restart();
  expect(await showGrant(renewed, certificate)).toBe('ok');
});
