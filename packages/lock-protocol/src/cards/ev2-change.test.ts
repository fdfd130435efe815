import { describe, expect, test } from 'vitest';
import { hex, unhex } from './door-scene.test-rig.js';
import { changeEv2Secret, type Ev2Change } from './ev2-change.js';

/** NXP AN12196 revision 2.0, tables 23, 25 and 26: one session, in which number 2 is changed, and then number 0. */
const session = {
  transactionId: unhex('7614281a'),
  encryptionSecret: unhex('4cf3cb41a22583a61e89b158d252fc53'),
  macSecret: unhex('5529860b2fc5fb6154b7f28361d30bf9'),
};
const second: Ev2Change = {
  ...{ session, counter: 2, keyNumber: 2, before: new Uint8Array(16) },
  secret: unhex('f3847d627727ed3bc9c4cc050489b966'),
};
const own: Ev2Change = {
  ...{ session, counter: 3, keyNumber: 0, before: new Uint8Array(16) },
  secret: unhex('5004bf991f408672b1ef00f08f9e8647'),
};

function exchange(change: Ev2Change, answer: string) {
  const step = changeEv2Secret(change);
  if ('result' in step) throw new Error('It asks nothing.');
  const next = step.next(unhex(answer));
  return { command: hex(step.apdu), outcome: 'result' in next ? next.result : 'asks on' };
}

describe('ChangeKey', () => {
  test('of another number, as AN12196 table 25 has it', () => {
    expect(exchange(second, '203bb55d1089d5879100')).toEqual({
      command: '90c4000029022cf362b7bf4311ff3be1daa295e8c68de09050560d19b9e16c2393ae9cd1fac75d0ce20bcd1d06e600',
      outcome: 'changed',
    });
  });

  test('of the number that the session rests on, as table 26 has it', () => {
    expect(exchange(own, '9100')).toEqual({
      command: '90c400002900c0eb4deefeddf0b513a03a95a75491818580503190d4d05053ff75668a01d6fda6610234bded643200',
      outcome: 'changed',
    });
  });

  test('what was there before is in what is sent', () => {
    const before = unhex('00112233445566778899aabbccddeeff');
    expect(exchange({ ...second, before }, '9100').command).not.toBe(exchange(second, '9100').command);
  });

  test.each([
    ['a MAC of another answer', '203bb55d1089d5869100', 'lost'],
    ['no MAC', '9100', 'lost'],
    ['an integrity error', '911e', 'refused'],
    ['no such key', '9140', 'refused'],
    ['no permission', '919d', 'refused'],
    ['nothing', '', 'lost'],
  ] as const)('takes no %s for the change', (_, answer, outcome) => {
    expect(exchange(second, answer).outcome).toBe(outcome);
  });
});
