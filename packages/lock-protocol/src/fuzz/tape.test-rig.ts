import type { FuzzWorld } from './world.test-rig.js';

/** Choices taken from the input itself, so that a shorter input is a shorter history. */
export function createTape(input: Uint8Array) {
  let at = 0;
  return {
    isOver: () => at >= input.length,
    next: (limit = 256): number => {
      const value = input[at] ?? 0;
      at += 1;
      return value % limit;
    },
    bytes: (sizeBytes: number): Uint8Array => {
      const part = input.slice(at, at + sizeBytes);
      at += sizeBytes;
      return part;
    },
  };
}

/** Inputs to begin with. */
export function tapes(world: FuzzWorld, sizeBytes: number): readonly Uint8Array[] {
  // All zeros is an honest history: every event of a good unlock, in its order.
  return [new Uint8Array(24), ...Array.from({ length: 12 }, () => world.crypto.randomBytes(sizeBytes))];
}
