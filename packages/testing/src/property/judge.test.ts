import { describe, expect, test } from 'vitest';
import { judgeAttempt, type LockKnowledge } from './judge.js';
import type { Attempt, GrantTruth, SignerTruth, TokenTruth } from './truth.js';

const now = 1_800_000_000;
const signer: SignerTruth = { isOwn: true, use: 'grant', epoch: 1, notBefore: now - 1000, expires: now + 1_000_000 };
const grant: GrantTruth = {
  ...{ kind: 'grant', id: 'aa', bytes: new Uint8Array(0), certificate: new Uint8Array(0), signer, holder: 'phone 0' },
  ...{ locks: [0], notBefore: now - 60, expires: now + 3600, issuedAt: now - 60, rights: ['unlock', 'local'] },
  ...{ flags: [], isGateway: false, slot: 1, issue: 3 },
};
const token: TokenTruth = {
  ...{ kind: 'token', bytes: new Uint8Array(0), certificate: new Uint8Array(0), signer: { ...signer, use: 'cmd' } },
  ...{ lock: 0, commandId: 'c1', action: 'unlock', challenge: 'ff', issuedAt: now, endsAt: 10_000 },
};
const attempt: Attempt = {
  ...{ commandId: 'c1', action: 'unlock', intent: 'tap', via: 'local', presenter: 'phone 0', deadline: 20_000 },
  ...{ isFresh: true, authority: grant },
};
const knows: LockKnowledge = {
  ...{
    lock: 0,
    isOurs: true,
    epoch: 1,
    issues: new Map([[1, 3]]),
    used: new Map(),
    revoked: new Set(),
    newestIssue: now - 60,
  },
  ...{ isPrivate: false, isClockLost: false, shown: now, clockError: 20, challenge: 'ff' },
};
const at = { utc: now, ms: 5000 };
const kindOf = (a: Partial<Attempt>, k: Partial<LockKnowledge> = {}, moment = at) =>
  judgeAttempt({ ...attempt, ...a }, { ...knows, ...k }, moment)?.kind;
const withGrant = (change: Partial<GrantTruth>) => ({ authority: { ...grant, ...change } });
const withToken = (change: Partial<TokenTruth>) => ({ authority: { ...token, ...change } });

describe('what the oracle objects to', () => {
  test('an honest command of either kind: nothing', () => {
    expect(kindOf({})).toBeUndefined();
    expect(kindOf(withToken({}))).toBeUndefined();
  });

  test.each([
    ['a lock of nobody', kindOf({}, { isOurs: false }), 'unauthorized'],
    ['nothing shown', kindOf({ authority: undefined as never }), 'unauthorized'],
    ['another root', kindOf(withGrant({ signer: { ...signer, isOwn: false } })), 'unauthorized'],
    ['a key for another use', kindOf(withGrant({ signer: { ...signer, use: 'cmd' } })), 'unauthorized'],
    ['an older epoch', kindOf({}, { epoch: 2 }), 'revoked'],
    ['issued after its certificate', kindOf(withGrant({ issuedAt: now + 2_000_000 })), 'unauthorized'],
    ['a certificate that ended', kindOf(withGrant({ signer: { ...signer, expires: now - 30 } })), 'expired'],
    ['another lock', kindOf(withGrant({ locks: [1] })), 'unauthorized'],
    ['another phone', kindOf({ presenter: 'phone 1' }), 'unauthorized'],
    ['a gateway', kindOf(withGrant({ isGateway: true })), 'unauthorized'],
    ['no right', kindOf({ action: 'lock' }), 'unauthorized'],
    ['no right from afar', kindOf({ via: 'remote' }), 'unauthorized'],
    ['nobody verified', kindOf(withGrant({ flags: ['user-verify'] })), 'unauthorized'],
    ['proven to be revoked', kindOf({}, { revoked: new Set(['aa']) }), 'revoked'],
    ['an older issue', kindOf({}, { issues: new Map([[1, 4]]) }), 'revoked'],
    ['used up', kindOf(withGrant({ flags: ['one-shot'] }), { used: new Map([['aa', 'c0']]) }), 'unauthorized'],
    ['before its start', kindOf({}, {}, { ...at, utc: now - 100 }), 'unauthorized'],
    ['after its end', kindOf({}, {}, { ...at, utc: now + 3630 }), 'expired'],
    ['older than what was obeyed', kindOf({}, { newestIssue: now + 3600 }), 'expired'],
    ['no clock', kindOf({}, { isClockLost: true }), 'unauthorized'],
    ['a private room', kindOf({}, { isPrivate: true }), 'unauthorized'],
    ['past its deadline', kindOf({}, {}, { ...at, ms: 20_001 }), 'late'],
    ['no word on the last result', kindOf({ isFresh: false }), 'late'],
    ['a token for another lock', kindOf(withToken({ lock: 1 })), 'unauthorized'],
    ['a token of another connection', kindOf(withToken({ challenge: 'fe' })), 'late'],
    ['a token for another command', kindOf(withToken({ commandId: 'c2' })), 'unauthorized'],
    ['a token past its end', kindOf(withToken({ endsAt: 4999 })), 'late'],
  ])('%s', (_what, kind, expected) => expect(kind).toBe(expected));

  test('the same command that used up a one-shot grant may be repeated', () => {
    const used = new Map([['aa', 'c1']]);
    expect(kindOf(withGrant({ flags: ['one-shot'] }), { used })).toBeUndefined();
  });

  test('a schedule is of the property’s local time, over midnight too', () => {
    // 2027-01-15T08:00:00Z is a Friday; with an hour's offset it is nine there.
    const friday = (startMinute: number, endMinute: number) => ({
      windows: [{ weekdays: 16, startMinute, endMinute }],
      offsets: [{ from: 0, offsetMinutes: 60 }],
    });
    expect(kindOf(withGrant({ schedule: friday(530, 550) }))).toBeUndefined();
    expect(kindOf(withGrant({ schedule: friday(470, 490) }))).toBe('unauthorized');
    expect(kindOf(withGrant({ schedule: friday(500, 60) }))).toBeUndefined();
  });
});
