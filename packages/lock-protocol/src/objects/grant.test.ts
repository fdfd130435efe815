import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNodeCrypto } from '../crypto/node-crypto.js';
import type { CborValue } from '../encoding/cbor.js';
import { kidOf, readClaims, readObject, signObject } from '../encoding/cose.js';
import { decodeGrant, type Grant, longestGrantSeconds, signGrant } from './grant.js';
import { type GrantContext, type GrantMemory, verifyGrant } from './grant-decision.js';
import type { PropertyCertificate } from './property-certificate.js';
import { rightNames } from './rights.js';

const crypto = createNodeCrypto();
const signer = crypto.ed25519KeyPair();
const holder = crypto.x25519KeyPair();
const p256Holder = crypto.p256KeyPair();
// A Monday, 08:00 UTC.
const start = Date.parse('2026-10-19T08:00Z') / 1000;
const certificate: PropertyCertificate = {
  property: crypto.randomBytes(8),
  publicKey: signer.publicKey,
  use: 'grant',
  epoch: 3,
  notBefore: start - 1000,
  expires: start + 100_000,
};
const lock = crypto.randomBytes(8);
const grant: Grant = {
  grantId: crypto.randomBytes(8),
  locks: [lock],
  notBefore: start,
  expires: start + 72 * 3600,
  issuedAt: start,
  holderPublicKey: holder.publicKey,
  rights: ['unlock', 'lock', 'local', 'status'],
  epoch: 3,
};
const context: GrantContext = {
  certificate,
  epoch: 3,
  lock,
  clock: { quality: 'good', utcSeconds: start },
  callerPublicKey: holder.publicKey,
  right: 'unlock',
  via: 'local',
  intent: 'tap',
};
const offsets = [{ from: 0, offsetMinutes: 120 }];
const windows = [{ weekdays: 1, startMinute: 540, endMinute: 660 }];

function decide(change: Partial<Grant>, at: Partial<GrantContext> = {}): string {
  const signed = signGrant(crypto, signer.secret, { ...grant, ...change });
  const decision = verifyGrant(crypto, signed, { ...context, ...at });
  return decision.ok ? 'allowed' : decision.code;
}

function decideClaims(changes: readonly (readonly [number, CborValue | undefined])[]): string {
  const claims = new Map(readClaims(readObject(signGrant(crypto, signer.secret, grant))));
  for (const [label, value] of changes) {
    if (value === undefined) claims.delete(label);
    else claims.set(label, value);
  }
  const kid = kidOf(crypto, signer.publicKey);
  const signed = signObject(crypto, { secret: signer.secret, kid, type: 'OLP1-grant', claims });
  const decision = verifyGrant(crypto, signed, context);
  return decision.ok ? 'allowed' : decision.code;
}

const memory: GrantMemory = { isRevoked: () => false, issueFloor: () => 5, isUsed: () => false };

describe('grants', () => {
  it('for one lock have at most the draft’s 162 bytes', () => {
    const size = (change: Partial<Grant>): number => signGrant(crypto, signer.secret, { ...grant, ...change }).length;
    expect(size({})).toBe(152);
    expect(size({ slot: 1, issue: 7 })).toBe(156);
    expect(size({ holderPublicKey: p256Holder.publicKey })).toBe(153);
    expect(size({ slot: 1, issue: 300, flags: ['no-clock-ok'] })).toBe(160);
    expect(size({ slot: 1, issue: 300, flags: ['no-clock-ok'], notBefore: start + 60 })).toBe(166);
  });

  it('are what was signed', () => {
    const seconds = fc.nat(longestGrantSeconds - 1);
    const optional = fc.record(
      {
        holder: fc.string({ minLength: 1, maxLength: 10 }),
        role: fc.constant('gateway'),
        flags: fc.constantFrom(
          ['user-verify'],
          ['one-shot', 'no-clock-ok'],
          ['user-verify', 'one-shot', 'no-clock-ok'],
        ),
        schedule: fc.constant({ windows, offsets }),
      },
      { requiredKeys: [] },
    );
    const issued = fc.option(fc.record({ slot: fc.nat(255), issue: fc.nat(0xffff_ffff) }), { nil: {} });
    return fc.assert(
      fc.property(
        optional,
        issued,
        seconds,
        fc.subarray([...rightNames]),
        fc.integer({ min: 1, max: 32 }),
        (...parts) => {
          const [extras, numbers, delay, rights, count] = parts;
          const locks = Array.from({ length: count }, (_, index) => new Uint8Array(8).fill(index));
          const made = { ...grant, ...extras, ...numbers, rights, locks, notBefore: start + delay } as Grant;
          const bounded = { ...made, expires: made.notBefore + 1 + delay };
          expect(decodeGrant(signGrant(crypto, signer.secret, bounded))).toEqual(bounded);
        },
      ),
    );
  });

  it('open for their holder, from their first second to their last', () => {
    expect(decide({})).toBe('allowed');
    expect(decide({}, { clock: { quality: 'good', utcSeconds: grant.expires - 1 } })).toBe('allowed');
    expect(decide({}, { clock: { quality: 'stale', utcSeconds: start } })).toBe('allowed');
    expect(decide({ locks: [new Uint8Array(8), lock] })).toBe('allowed');
    expect(decide({ schedule: { windows: [{ weekdays: 1, startMinute: 600, endMinute: 660 }], offsets } })).toBe(
      'allowed',
    );
  });

  const refusals: readonly (readonly [string, Partial<Grant>, Partial<GrantContext>])[] = [
    ['certificate-unknown', {}, { certificate: undefined }],
    ['certificate-unknown', {}, { certificate: { ...certificate, publicKey: holder.publicKey } }],
    ['auth', {}, { certificate: { ...certificate, use: 'cmd' } }],
    ['auth', { epoch: 4 }, {}],
    ['epoch', {}, { epoch: 4 }],
    ['epoch', {}, { epoch: 4, certificate: { ...certificate, epoch: 4 } }],
    ['auth', { issuedAt: certificate.notBefore - 1 }, {}],
    ['auth', { issuedAt: certificate.expires }, {}],
    ['allowed', { issuedAt: certificate.notBefore }, {}],
    ['allowed', { issuedAt: certificate.expires - 1 }, {}],
    ['revoked', {}, { memory: { ...memory, isRevoked: () => true } }],
    ['superseded', { slot: 1, issue: 4 }, { memory }],
    ['wrong-lock', { locks: [new Uint8Array(8)] }, {}],
    ['no-clock', {}, { clock: { quality: 'none', utcSeconds: start } }],
    ['not-yet', { issuedAt: start - 1 }, { clock: { quality: 'good', utcSeconds: start - 1 } }],
    // The issue itself proves the time, but for one that is far ahead of a good clock.
    ['allowed', {}, { clock: { quality: 'good', utcSeconds: start - 600 } }],
    ['not-yet', {}, { clock: { quality: 'good', utcSeconds: start - 601 } }],
    ['allowed', {}, { clock: { quality: 'stale', utcSeconds: start - 601 } }],
    ['no-clock', {}, { clock: { quality: 'none', utcSeconds: start - 1 } }],
    ['expired', {}, { clock: { quality: 'good', utcSeconds: grant.expires } }],
    ['expired', {}, { clock: { quality: 'stale', utcSeconds: grant.expires } }],
    ['schedule', { schedule: { windows: [{ weekdays: 1, startMinute: 601, endMinute: 660 }], offsets } }, {}],
    ['schedule', { schedule: { windows: [{ weekdays: 2, startMinute: 0, endMinute: 1440 }], offsets } }, {}],
    ['auth', {}, { callerPublicKey: new Uint8Array(32) }],
    ['no-right', {}, { right: 'hold-open' }],
    ['no-right', { rights: ['unlock', 'remote'] }, {}],
    ['remote-denied', {}, { via: 'remote' }],
    ['no-right', { role: 'gateway', rights: [...rightNames] }, {}],
    ['no-right', { flags: ['user-verify'] }, {}],
    ['unsupported', { flags: ['one-shot'] }, {}],
    ['superseded', { flags: ['one-shot'] }, { memory: { ...memory, isUsed: () => true } }],
  ];
  it.each(refusals)('T6: are answered %s for %o at %o', (code, change, at) => {
    expect(decide(change, at)).toBe(code);
  });

  it('T6: are judged in the order of the specification', () => {
    // Everything wrong at once; each step puts one thing right and uncovers the next refusal.
    const wrong = { slot: 1, issue: 4, rights: [], schedule: { windows: [{ ...windows[0], weekdays: 64 }], offsets } };
    const bad = { ...wrong, locks: [new Uint8Array(8)] } as unknown as Partial<Grant>;
    const at: Partial<GrantContext> = {
      epoch: 4,
      memory: { ...memory, isRevoked: () => true },
      clock: { quality: 'none', utcSeconds: 0 },
      callerPublicKey: new Uint8Array(32),
    };
    const steps: readonly (readonly [string, Partial<Grant>, Partial<GrantContext>])[] = [
      ['certificate-unknown', {}, { certificate: undefined }],
      ['epoch', {}, {}],
      ['revoked', {}, { epoch: 3 }],
      ['superseded', {}, { memory }],
      ['wrong-lock', { issue: 5 }, {}],
      ['no-clock', { locks: [lock] }, {}],
      ['not-yet', { issuedAt: start - 1 }, { clock: { quality: 'good', utcSeconds: start - 1 } }],
      ['schedule', {}, { clock: { quality: 'good', utcSeconds: start } }],
      ['auth', { schedule: { windows: [{ weekdays: 1, startMinute: 0, endMinute: 1440 }], offsets } }, {}],
      ['no-right', {}, { callerPublicKey: holder.publicKey }],
      ['allowed', { rights: ['unlock', 'local'] }, {}],
    ];
    let [change, place]: [Partial<Grant>, Partial<GrantContext>] = [bad, at];
    for (const [code, better, righter] of steps) {
      [change, place] = [
        { ...change, ...better },
        { ...place, ...righter },
      ];
      expect(decide(change, place)).toBe(code);
      if (code === 'certificate-unknown') place = { ...place, certificate };
    }
  });

  it('with no-clock-ok open without a clock, and are judged by one when there is one', () => {
    const flags = ['no-clock-ok'] as const;
    expect(decide({ flags }, { clock: { quality: 'none', utcSeconds: 0 } })).toBe('allowed');
    expect(decide({ flags }, { clock: { quality: 'stale', utcSeconds: grant.expires } })).toBe('expired');
  });

  it('for a key in a phone’s hardware open for that key alone, byte for byte', () => {
    const holderPublicKey = p256Holder.publicKey;
    expect(decide({ holderPublicKey }, { callerPublicKey: holderPublicKey })).toBe('allowed');
    expect(decide({ holderPublicKey })).toBe('auth');
    expect(decide({}, { callerPublicKey: holderPublicKey })).toBe('auth');
    // The other sign of y: the same x, so the same agreements, but another key.
    const mirrored = holderPublicKey.slice();
    mirrored[0] = (mirrored[0] ?? 0) ^ 1;
    expect(decide({ holderPublicKey }, { callerPublicKey: mirrored })).toBe('auth');
    expect(decide({ holderPublicKey: holderPublicKey.slice(1) }, { callerPublicKey: holderPublicKey })).toBe('auth');
  });

  it('with user-verify and one-shot open when their conditions hold', () => {
    expect(decide({ flags: ['user-verify'] }, { intent: 'biometric' })).toBe('allowed');
    expect(decide({ flags: ['one-shot'] }, { memory })).toBe('allowed');
    expect(decide({ slot: 1, issue: 5 }, { memory })).toBe('allowed');
  });

  it('T25: an unknown odd claim is ignored, an unknown even one refused', () => {
    expect(decideClaims([[25, 1]])).toBe('allowed');
    expect(decideClaims([[24, 1]])).toBe('critical-field');
  });

  const malformed: readonly (readonly [number, CborValue | undefined])[] = [
    [2, 1],
    [2, ''],
    [2, 'x'.repeat(33)],
    [3, [lock]],
    [3, []],
    [3, new Uint8Array(7)],
    [4, start],
    [4, start + longestGrantSeconds + 1],
    [5, start],
    [6, undefined],
    [7, new Uint8Array(9)],
    [8, new Uint8Array(31)],
    [8, new Uint8Array(33)],
    [8, Uint8Array.of(4, ...new Uint8Array(32))],
    [8, crypto.p256Expand(p256Holder.publicKey)],
    [8, 2],
    [10, -1],
    [12, 2 ** 13],
    [14, 0],
    [14, 8],
    [
      16,
      [
        [1, 540],
        [0, 120],
      ],
    ],
    [16, [[1, 540, 660], []]],
    [
      16,
      [
        [0, 540, 660],
        [0, 120],
      ],
    ],
    [
      16,
      [
        [1, 1440, 660],
        [0, 120],
      ],
    ],
    [
      16,
      [
        [1, 540, 660],
        [start + 1, 120],
      ],
    ],
    [
      16,
      [
        [1, 540, 660],
        [5, 120, 5, 60],
      ],
    ],
    [
      16,
      [
        [1, 540, 660],
        [0, 1081],
      ],
    ],
    [
      16,
      [
        [1, 540, 660],
        [0, -1081],
      ],
    ],
    [
      16,
      [
        [128, 540, 660],
        [0, 120],
      ],
    ],
    [
      16,
      [
        [1, 540, 1441],
        [0, 120],
      ],
    ],
    [3, Array.from({ length: 33 }, () => lock)],
    [16, [Array.from({ length: 27 }, () => 1), [0, 120]]],
    [18, 1],
    [20, 1],
    [22, 1],
    [22, 3],
  ];
  it.each(malformed)('with claim %i as %o are refused with auth, though the signer signed them', (label, value) => {
    expect(decideClaims([[label, value]])).toBe('auth');
  });

  it('may reach every limit: begin before they were issued, end a second later, name a lock twice, and be of every day', () => {
    expect(decide({ notBefore: start - 3600 })).toBe('allowed');
    expect(decide({ expires: start + 1 })).toBe('allowed');
    expect(decide({ locks: Array.from({ length: 32 }, () => lock) })).toBe('allowed');
    for (const offsetMinutes of [-1080, 1080]) {
      const always = { windows: [{ weekdays: 127, startMinute: 0, endMinute: 1440 }] };
      expect(decide({ schedule: { ...always, offsets: [{ from: start, offsetMinutes }] } })).toBe('allowed');
    }
  });

  it('cannot be signed outside the limits', () => {
    const wrong: readonly Partial<Grant>[] = [
      { grantId: new Uint8Array(4) },
      { holder: '\ud800' },
      { holderPublicKey: new Uint8Array(33) },
      { holderPublicKey: crypto.p256Expand(p256Holder.publicKey) },
      { locks: [] },
      { locks: Array.from({ length: 33 }, () => lock) },
      { expires: start },
      { expires: start + longestGrantSeconds + 1 },
      { slot: 1 },
      { issue: 1 },
      { schedule: { windows: [], offsets } },
    ];
    for (const change of wrong) expect(() => decide(change)).toThrow('OLP1-grant');
  });

  it('T2: no single flipped bit is accepted', () => {
    const signed = signGrant(crypto, signer.secret, { ...grant, slot: 1, issue: 7 });
    for (let bit = 0; bit < signed.length * 8; bit += 1) {
      const flipped = signed.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verifyGrant(crypto, flipped, context).ok).toBe(false);
    }
  });
});
