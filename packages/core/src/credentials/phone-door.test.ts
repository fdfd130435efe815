import { describe, expect, test } from 'vitest';
import type { Instant } from '../instant.js';
import { decidePhoneDoorState, type PhoneDoorFacts } from './phone-door.js';

const at = (value: number) => value as Instant;
const ready: PhoneDoorFacts = {
  ...{ isWanted: true, startsAt: at(100), endsAt: at(200), now: at(150), hasLock: true },
  ...{ isActivated: true, isGranted: true, isExposed: false },
};

describe('P-28: a phone at a door', () => {
  test.each([
    ['opens with a grant', {}, 'provisioned', null],
    ['waits for its period', { now: at(99) }, 'scheduled', null],
    ['waits for a lock', { hasLock: false }, 'pending', 'no-lock'],
    ['waits for its holder', { isActivated: false, isGranted: false }, 'pending', 'not-activated'],
    ['waits for a grant', { isGranted: false }, 'pending', 'no-grant'],
    ['is being removed while its lock may let it in', { isWanted: false, isExposed: true }, 'removing', null],
    ['is removed once its lock refuses it', { isWanted: false }, 'removed', null],
    ['is removed when its period is over', { now: at(200) }, 'removed', null],
    [
      'is removed when its period is over, whatever its lock was told',
      { now: at(200), isExposed: true },
      'removed',
      null,
    ],
  ] as const)('%s', (_, facts, state, cause) => {
    expect(decidePhoneDoorState({ ...ready, ...facts })).toEqual({ state, cause, nextTryAt: null });
  });
});
