import { expect, test } from 'vitest';
import { decideRestart, type RestartLimits, type WorkerHealth } from './restart-policy.js';

const limits: RestartLimits = {
  aliveMs: 10_000,
  readyMs: 60_000,
  silenceMs: 60_000,
  ageMs: 86_400_000,
  addresses: 5_000,
};
const well: WorkerHealth = {
  startedAt: 0,
  ready: true,
  aliveAt: 1_000,
  hasHeard: true,
  silenceMs: 500,
  addresses: 12,
  idle: true,
};

test.each([
  ['runs well', {}, 1_500, undefined],
  ['gives no sign of life', {}, 11_001, 'hung'],
  ['gives no sign of life with a link open', { idle: false }, 11_001, 'hung'],
  ['has no adapter yet', { ready: false, aliveAt: 60_000 }, 60_000, undefined],
  ['has had no adapter for a minute', { ready: false, aliveAt: 60_000 }, 60_001, 'unready'],
  ['hears nothing any more', { silenceMs: 60_001 }, 1_500, 'silent'],
  ['hears nothing, as ever', { silenceMs: 60_001, hasHeard: false }, 1_500, undefined],
  ['hears nothing while a link is open', { silenceMs: 60_001, idle: false }, 1_500, undefined],
  ['is a day old', { aliveAt: 86_400_001 }, 86_400_001, 'aged'],
  ['is a day old and at work', { aliveAt: 86_400_001, idle: false }, 86_400_001, undefined],
  ['remembers too many addresses', { addresses: 5_001 }, 1_500, 'crowded'],
  ['remembers too many addresses and is at work', { addresses: 5_001, idle: false }, 1_500, undefined],
] as const)('a radio process that %s', (_, change, now, cause) => {
  expect(decideRestart({ ...well, ...change }, limits, now)).toBe(cause);
});
