import { describe, expect, it } from 'vitest';
import type { CredentialId } from '../identifiers.js';
import type { Instant } from '../instant.js';
import { type DoorFacts, decideDoorState, isProven } from './door-state.js';

const card = 'crd_1' as CredentialId;
const now = 1_000_000 as Instant;
const next = 1_060_000 as Instant;
const at = (revision: number) => ({ epoch: 1, revision });
const entry = (revision: number) => ({ credentialId: card, since: at(revision) });
type Lock = NonNullable<DoorFacts['lock']>;
const lock = (o: Partial<Lock> = {}): Lock => ({
  ...{ entries: [], leaving: [], hasRoom: true, proven: null, isDoubtful: false, lastReport: null, ...o },
});
const report = (setOutcome: 'refused' | 'cut' | null, cause: string) => ({ setOutcome, cause, nextTryAt: next });
const facts = (o: Partial<DoorFacts>): DoorFacts => ({
  ...{ isWanted: true, startsAt: 0 as Instant, endsAt: 2_000_000 as Instant, now, lock: lock(), ...o },
});
const said = (state: string, cause: string | null = null, nextTryAt: Instant | null = null) => ({
  ...{ state, cause, nextTryAt },
});

describe('how a credential stands at a door', () => {
  it.each([
    ['no lock there', { lock: null }, said('pending', 'no-lock')],
    ['not signed yet', {}, said('pending')],
    ['no room in the lock', { lock: lock({ hasRoom: false }) }, said('failed', 'no-room')],
    ['signed, not heard of', { lock: lock({ entries: [entry(3)], proven: at(2) }) }, said('pending')],
    [
      'the lock is not reached',
      { lock: lock({ entries: [entry(3)], lastReport: report(null, 'lock-unreachable') }) },
      said('pending', 'lock-unreachable', next),
    ],
    [
      'broken off in the middle',
      { lock: lock({ entries: [entry(3)], lastReport: report('cut', 'link-lost') }) },
      said('writing', 'link-lost', next),
    ],
    [
      'P-8: the lock said no',
      { lock: lock({ entries: [entry(3)], lastReport: report('refused', 'full') }) },
      said('failed', 'full', next),
    ],
    ['proven', { lock: lock({ entries: [entry(3)], proven: at(3) }) }, said('provisioned')],
    ['proven, to come', { startsAt: next, lock: lock({ entries: [entry(3)], proven: at(4) }) }, said('scheduled')],
    [
      'what the lock refused before is history once it is proven',
      { lock: lock({ entries: [entry(3)], proven: at(3), lastReport: report('refused', 'full') }) },
      said('provisioned'),
    ],
    [
      'ended, not signed yet',
      { isWanted: false, lock: lock({ entries: [entry(3)], proven: at(3) }) },
      said('removing'),
    ],
    [
      'P-6: ended and signed, and the lock has not confirmed',
      { isWanted: false, lock: lock({ leaving: [entry(5)], proven: at(4) }) },
      said('removing'),
    ],
    ['ended and proven', { isWanted: false, lock: lock({ leaving: [entry(5)], proven: at(5) }) }, said('removed')],
    ['ended, never there', { isWanted: false, lock: null }, said('removed')],
    [
      'its time is over, whatever the lock was told',
      { endsAt: now, lock: lock({ entries: [entry(3)] }) },
      said('removed'),
    ],
    [
      'its time was over while it was being removed',
      { endsAt: now, isWanted: false, lock: lock({ leaving: [entry(5)] }) },
      said('removed'),
    ],
    [
      'the lock told of an older set than it had proven',
      { lock: lock({ entries: [entry(3)], proven: at(3), isDoubtful: true }) },
      said('unknown'),
    ],
  ] as const)('%s', (_, o, expected) => {
    expect(decideDoorState(card, facts(o))).toEqual(expected);
  });

  it('an epoch comes before a revision', () => {
    expect(isProven({ epoch: 2, revision: 1 }, { epoch: 1, revision: 9 })).toBe(true);
    expect(isProven({ epoch: 1, revision: 9 }, { epoch: 2, revision: 1 })).toBe(false);
    expect(isProven({ epoch: 1, revision: 9 }, { epoch: 1, revision: 9 })).toBe(true);
    expect(isProven(null, { epoch: 0, revision: 0 })).toBe(false);
  });
});
