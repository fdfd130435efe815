import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import type { CborValue } from '../encoding/cbor.js';
import { encodeCbor } from '../encoding/cbor.js';
import { kidOf, readClaims, readObject, signObject } from '../encoding/cose.js';
import type { PropertyCertificate } from '../objects/property-certificate.js';
import { LockProtocolError } from '../protocol-error.js';
import { decodeBulletin, signBulletin, verifyBulletin } from './bulletin.js';
import { decodeSetManifest, type SetManifest, signSetManifest, verifySetManifest } from './set-manifest.js';

const crypto = createNodeCrypto();
const { secret, publicKey } = crypto.ed25519KeyPair();
const lock = crypto.randomBytes(8);
const issuedAt = 1_799_654_400;
const certificate: PropertyCertificate = {
  ...{ property: new Uint8Array(8), publicKey, use: 'set', epoch: 3 },
  ...{ notBefore: issuedAt - 100, expires: issuedAt + 86_400 },
};
const context = { certificate, epoch: 3, lock };
const common = { lock, issuedAt, revision: 17, epoch: 3, floors: new Map([[1, 7]]) };
const manifest: SetManifest = { ...common, digest: crypto.randomBytes(32), count: 240 };
const full = {
  floors: new Map(Array.from({ length: 32 }, (_, slot) => [slot, 100_000 + slot])),
  revokedGrants: Array.from({ length: 32 }, (_, index) => Uint8Array.from([index, ...crypto.randomBytes(7)])),
};

const objects = [
  {
    ...{ name: 'manifest', type: 'OLP1-set' as const, object: manifest, decode: decodeSetManifest },
    sign: (change: object = {}) => signSetManifest(crypto, secret, { ...manifest, ...change }),
    verify: (bytes: Uint8Array, change: object = {}) => verifySetManifest(crypto, bytes, { ...context, ...change }),
  },
  {
    ...{ name: 'bulletin', type: 'OLP1-bulletin' as const, object: common, decode: decodeBulletin },
    sign: (change: object = {}) => signBulletin(crypto, secret, { ...common, ...change }),
    verify: (bytes: Uint8Array, change: object = {}) => verifyBulletin(crypto, bytes, { ...context, ...change }),
  },
] as const;

describe.each(objects)('a $name', ({ name, type, object, sign, decode, verify }) => {
  const { epoch, ...carried } = object;
  /** Signed by the property's own key, with one claim other than it should be. */
  const signClaim = (label: number, value: CborValue | undefined) => {
    const claims = new Map(readClaims(readObject(sign())));
    if (value === undefined) claims.delete(label);
    else claims.set(label, value);
    return signObject(crypto, { secret, kid: kidOf(crypto, publicKey), type, claims, binding: encodeCbor(epoch) });
  };

  it('is what was signed, with everything and with the least', () => {
    expect(decode(sign())).toEqual(carried);
    expect(verify(sign())).toEqual({ ok: true, [name]: object });
    expect(decode(sign(full))).toEqual({ ...carried, ...full });
    const { floors, ...least } = carried;
    expect(decode(sign({ floors: undefined }))).toEqual(least);
  });

  it('T6: of another lock, epoch, use, signer, time or type is refused with its code', () => {
    const stranger = crypto.ed25519KeyPair();
    const refused = (change: object) => verify(sign(), change);
    expect(refused({ lock: crypto.randomBytes(8) })).toEqual({ ok: false, code: 'wrong-lock' });
    expect(refused({ epoch: 4 })).toEqual({ ok: false, code: 'epoch' });
    expect(refused({ certificate: undefined })).toEqual({ ok: false, code: 'certificate-unknown' });
    for (const use of ['grant', 'cmd', 'cert']) {
      expect(refused({ certificate: { ...certificate, use } })).toEqual({ ok: false, code: 'auth' });
    }
    expect(refused({ certificate: { ...certificate, epoch: 4 } })).toEqual({ ok: false, code: 'auth' });
    expect(refused({ certificate: { ...certificate, notBefore: issuedAt + 1 } })).toEqual({ ok: false, code: 'auth' });
    expect(refused({ certificate: { ...certificate, publicKey: stranger.publicKey } }).ok).toBe(false);
    const claims = readClaims(readObject(sign()));
    const kid = kidOf(crypto, publicKey);
    const other = signObject(crypto, { secret, kid, type: 'OLP1-cmd', claims, binding: encodeCbor(epoch) });
    expect(verify(other)).toEqual({ ok: false, code: 'auth' });
    expect(verify(sign({ epoch: 2 }))).toEqual({ ok: false, code: 'auth' });
  });

  it('T25: an unknown odd claim is ignored, an unknown even one refused', () => {
    expect(verify(signClaim(25, 1)).ok).toBe(true);
    expect(verify(signClaim(26, 1))).toEqual({ ok: false, code: 'critical-field' });
  });

  it('with claims of another kind is refused with auth, though the property signed them', () => {
    const wrong: readonly (readonly [number, CborValue | undefined])[] = [
      [3, undefined],
      [6, undefined],
      [12, 0],
      [18, new Map()],
      [18, new Map([[256, 1]])],
      [18, new Map([[1, 'x']])],
      [20, new Uint8Array(0)],
      [20, new Uint8Array(12)],
      [20, new Uint8Array(16)],
      [20, new Uint8Array(33 * 8)],
      [22, 0],
    ];
    for (const [label, value] of wrong) {
      expect(verify(signClaim(label, value))).toEqual({ ok: false, code: 'auth' });
      expect(() => decode(signClaim(label, value))).toThrow(LockProtocolError);
    }
  });

  it('cannot be signed outside its limits', () => {
    const [first, second] = full.revokedGrants;
    const wrong: readonly object[] = [
      { lock: new Uint8Array(7) },
      { revision: 0 },
      { revision: 2 ** 32 },
      { floors: new Map() },
      { revokedGrants: [second, first] },
      { revokedGrants: [first, first] },
    ];
    for (const change of wrong) expect(() => sign(change)).toThrow(type);
  });

  it('is decided from any bytes without throwing', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 220 }), (any) => {
        expect(verify(any)).toEqual({ ok: false, code: 'auth' });
      }),
    ));
});

describe('what only one of them has', () => {
  it('a manifest says the least class and the lease, and leaves out what is nothing', () => {
    const [{ sign, decode }] = objects;
    const limits = { minimumClass: 2, leaseSeconds: 259_200 };
    expect(decode(sign(limits))).toMatchObject(limits);
    for (const change of [{ minimumClass: 0 }, { minimumClass: 4 }, { leaseSeconds: 0 }, { count: 65_537 }]) {
      expect(() => sign(change)).toThrow('OLP1-set');
    }
  });

  it('a bulletin denies entries, ascending, at most 64', () => {
    const [, { sign, decode }] = objects;
    const most = Array.from({ length: 64 }, (_, index) => 1000 * index);
    expect(decode(sign({ deniedEntries: most }))).toMatchObject({ deniedEntries: most });
    for (const deniedEntries of [[], [2, 2], [3, 2], [65_536], [...most, 64_000]]) {
      expect(() => sign({ deniedEntries })).toThrow('OLP1-bulletin');
    }
  });

  it('have the sizes of SPEC §5.1', () => {
    const [{ sign: manifestOf }, { sign: bulletinOf }] = objects;
    const sizes = [manifestOf(), bulletinOf(), bulletinOf({ deniedEntries: [300] })].map(({ length }) => length);
    expect(sizes).toEqual([141, 102, 108]);
    const most = Array.from({ length: 64 }, (_, index) => 1000 + index);
    expect(bulletinOf({ revokedGrants: full.revokedGrants, deniedEntries: most }).length).toBeLessThan(2 * 241 + 100);
  });
});
