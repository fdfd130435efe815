import { byteTargets } from './byte-targets.test-rig.js';
import { cardTargets } from './card-targets.test-rig.js';
import { commissionTargets } from './commission-targets.test-rig.js';
import { doorTargets } from './door-targets.test-rig.js';
import { historyTargets } from './history-targets.test-rig.js';
import { installerTargets } from './installer-targets.test-rig.js';
import { installingTargets } from './installing-targets.test-rig.js';
import { machineTargets } from './machine-targets.test-rig.js';
import { objectTargets } from './object-targets.test-rig.js';
import { setTargets } from './set-targets.test-rig.js';
import type { FuzzTarget } from './target.test-rig.js';
import { visitTargets } from './visit-targets.test-rig.js';
import { createWorld } from './world.test-rig.js';

/** Exports whose names say that they read bytes, and that read none. */
export const readsNoBytes: Readonly<Record<string, string>> = {
  openVisit: 'the driver of visitStep, which has targets; it takes a link',
  readClock: 'takes numbers of the lock itself',
};

/** Everything of the room that takes bytes from a stranger. */
export function createTargets(): readonly FuzzTarget[] {
  const world = createWorld();
  const targets = [
    ...objectTargets(world),
    ...byteTargets(world),
    ...setTargets(world),
    ...commissionTargets(world),
    ...cardTargets(world),
    ...doorTargets(world),
    ...machineTargets(world),
    ...visitTargets(world),
    ...historyTargets(world),
    ...installerTargets(world),
    ...installingTargets(world),
  ];
  return targets.map((target) => ({
    ...target,
    run: (input) => {
      world.rewind();
      const isAccepted = target.run(input);
      return isAccepted && world.ways.size > 0 ? new Set(world.ways) : isAccepted;
    },
  }));
}
