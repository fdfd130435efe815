import { describe, expect, it } from 'vitest';
import { north } from '../people/sample-people.test-rig.js';
import { createDirectoryWorld, snapshotOf, told, directoryUser as user } from './directory-world.test-rig.js';
import { heldByReading, heldByRemovals, provesAbsence } from './sync-guard.js';

describe('what keeps a plan from being carried out unseen', () => {
  it('case 7: two in a hundred and two are just near', () => {
    const counting = (counted: number, distinct: number) =>
      snapshotOf([user('a')], { evidence: { counted, distinct } });
    expect([provesAbsence(counting(100, 96), 1), provesAbsence(counting(100, 104), 1)]).toEqual([true, true]);
    expect([provesAbsence(counting(100, 95), 1), provesAbsence(counting(100, 105), 1)]).toEqual([false, false]);
    expect(heldByReading(counting(100, 96), { bound: null }, { seen: 1, linked: 1 })).toEqual([]);
  });

  it('case 1: somebody known not to have changed is somebody', () => {
    const world = createDirectoryWorld();
    world.linked('ada');
    expect(world.plan(snapshotOf([], { unchangedIds: ['ada'] })).held).toEqual([]);
    expect(world.plan(snapshotOf([user('ada')], { unchangedIds: ['ada'] })).unchanged).toBe(1);
  });

  it('case 32: up to five, or a tenth at once and a fifth in a week, pass', () => {
    expect(heldByRemovals({ linked: 100, removedLately: 0 }, 10)).toEqual([]);
    expect(heldByRemovals({ linked: 90, removedLately: 10 }, 9)).toEqual([]);
    expect(heldByRemovals({ linked: 85, removedLately: 15 }, 5)).toEqual([]);
    expect(heldByRemovals({ linked: 85, removedLately: 15 }, 6)).toEqual([
      { because: 'too-many-removed-lately', removed: 21, allowed: 20 },
    ]);
    expect(heldByRemovals({ linked: 6, removedLately: 0 }, 5)).toEqual([]);
    expect(heldByRemovals({ linked: 2, removedLately: 0 }, 2)).toEqual([
      { because: 'too-many-removed', removed: 2, allowed: 1 },
    ]);
  });

  it('case 22, case 20: staff of a property can be taken over, and whoever came back by hand is not brought back', () => {
    const world = createDirectoryWorld();
    world.manual('staff@hotel.example', { roles: [[north, 'team']] });
    world.linked('old', {}, { removed: true });
    const seen = [user('staff'), user('new', { email: 'old@hotel.example' })];
    const plan = world.plan(seen, { decisions: { new: 'same_person' } });
    expect(told(plan)).toEqual({ staff: 'updated: adopt', new: 'updated: relink' });
    expect(plan.rows).toMatchObject([{ act: 'update', takes: 0 }, { act: 'update' }]);
  });
});
