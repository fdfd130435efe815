import { byteTargets } from './byte-targets.test-rig.js';
import { commissionTargets } from './commission-targets.test-rig.js';
import { doorTargets } from './door-targets.test-rig.js';
import { machineTargets } from './machine-targets.test-rig.js';
import { objectTargets } from './object-targets.test-rig.js';
import { setTargets } from './set-targets.test-rig.js';
import type { FuzzTarget } from './target.test-rig.js';
import { createWorld } from './world.test-rig.js';

/** Exports whose names say that they read bytes, and that read none. */
export const readsNoBytes: Readonly<Record<string, string>> = {
  openVisit: 'the driver of visitStep, which has targets; it takes a link',
  readClock: 'takes numbers of the lock itself',
};

/** Everything of the room that takes bytes from a stranger. */
export function createTargets(): readonly FuzzTarget[] {
  const world = createWorld();
  return [
    ...objectTargets(world),
    ...byteTargets(world),
    ...setTargets(world),
    ...commissionTargets(world),
    ...doorTargets(world),
    ...machineTargets(world),
  ];
}
