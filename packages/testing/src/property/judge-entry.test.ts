import type { SetEntry } from '@latchwork/lock-protocol';
import { describe, expect, test } from 'vitest';
import type { LockKnowledge } from './judge.js';
import { judgeShown, type SetTruth, type ShownAtDoor } from './judge-entry.js';

const now = 1_800_000_000;
const uid = Uint8Array.of(4, 1, 2, 3, 4, 5, 6);
const secret = new Uint8Array(16).fill(7);
const publicKey = new Uint8Array(33).fill(2);
const entry: SetEntry = { id: 7, credential: { kind: 'aes', uid, secret }, notBefore: now - 60, expires: now + 3600 };
const number: SetEntry = { id: 8, credential: { kind: 'uid', uid } };
const code: SetEntry = { id: 9, credential: { kind: 'code', digits: '1234', salt: secret } };
const signing: SetEntry = { id: 10, credential: { kind: 'public-key', publicKey } };
const proven: ShownAtDoor = { uid, class: 2, secret };
const copy: ShownAtDoor = { uid, class: 0 };
const knows: LockKnowledge = {
  ...{ lock: 0, isOurs: true, epoch: 1, issues: new Map(), used: new Map(), revoked: new Set(), newestIssue: now - 60 },
  ...{ isPrivate: false, isClockLost: false, shown: now, clockError: 20, challenge: '' },
};
const kindOf = (
  shown: ShownAtDoor,
  of: SetEntry,
  o: { readonly set?: Partial<SetTruth>; readonly knows?: Partial<LockKnowledge>; readonly wish?: 'hold-open' } = {},
) =>
  judgeShown(shown, [{ entries: [of], minimumClass: 0, ...o.set }], {
    ...{ knows: { ...knows, ...o.knows }, wish: o.wish ?? 'unlock', utc: now },
  }).objection?.kind;

describe('what the oracle objects to at a door', () => {
  test('a card that has proven itself, a number where that is enough, a key that signs, a code: nothing', () => {
    expect(kindOf(proven, entry)).toBeUndefined();
    expect(kindOf(copy, number)).toBeUndefined();
    expect(kindOf({ uid, class: 3, publicKey }, signing)).toBeUndefined();
    expect(kindOf({ digits: '1234' }, code)).toBeUndefined();
  });

  test.each([
    ['a copy of a card that could prove itself', kindOf(copy, entry), 'unauthorized'],
    ['its number in another entry', kindOf(copy, number, { set: { entries: [number, entry] } }), 'unauthorized'],
    ['another secret', kindOf({ ...proven, secret: new Uint8Array(16) }, entry), 'unauthorized'],
    ['a lock of nobody', kindOf(proven, entry, { knows: { isOurs: false } }), 'unauthorized'],
    ['another code', kindOf({ digits: '1235' }, code), 'unauthorized'],
    ['a set that has none of it', kindOf(proven, code), 'unauthorized'],
    ['below the lowest class', kindOf({ ...proven, class: 1 }, entry, { set: { minimumClass: 2 } }), 'unauthorized'],
    ['a number for staff', kindOf(copy, { ...number, flags: ['staff'] }), 'unauthorized'],
    ['a code for staff', kindOf({ digits: '1234' }, { ...code, flags: ['staff'] }), 'unauthorized'],
    ['proven to be denied', kindOf(proven, entry, { knows: { revoked: new Set(['entry 7']) } }), 'revoked'],
    [
      'an older issue',
      kindOf(proven, { ...entry, slot: 1, issue: 2 }, { knows: { issues: new Map([[1, 3]]) } }),
      'revoked',
    ],
    [
      'used up',
      kindOf(proven, { ...entry, flags: ['one-shot'] }, { knows: { used: new Map([['entry 7', 'door']]) } }),
      'unauthorized',
    ],
    ['a private room', kindOf(proven, entry, { knows: { isPrivate: true } }), 'unauthorized'],
    ['no right to hold open', kindOf(proven, entry, { wish: 'hold-open' }), 'unauthorized'],
    ['before its start', kindOf(proven, { ...entry, notBefore: now + 60 }), 'unauthorized'],
    ['after its end', kindOf(proven, { ...entry, expires: now - 30 }), 'expired'],
    ['after the lease', kindOf(proven, entry, { set: { endsAt: now - 30 } }), 'expired'],
    ['no clock', kindOf(proven, entry, { knows: { isClockLost: true } }), 'unauthorized'],
  ])('%s', (_what, kind, expected) => expect(kind).toBe(expected));
});
