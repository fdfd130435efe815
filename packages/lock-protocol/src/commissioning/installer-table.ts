import type { StateTable, TableCell } from '../state-table.js';
import type { InstallerEvent, InstallerState } from './installer-state.js';

type At = InstallerState['at'];

const ignored = <Here extends At>(at: Here) => ({ to: [at], does: '–' }) as const satisfies TableCell<At>;

const failed = { to: ['ended'], does: 'fail' } as const satisfies TableCell<At>;

const outOfTurn = { to: ['ended'], does: 'out of turn: fail' } as const satisfies TableCell<At>;

const late = <Here extends At>(at: Here) =>
  ({ to: [at, 'ended'], does: 'when due: fail `late`' }) as const satisfies TableCell<At>;

/** The side of who commissions a lock: every state and every event (SPEC §9.8). */
export const installerTable = {
  scanned: {
    started: { to: ['connected', 'ended'], does: 'write message 1; no OLP/1 in INFO: fail' },
    certified: ignored('scanned'),
    kept: ignored('scanned'),
    frame: ignored('scanned'),
    failed,
    timer: late('scanned'),
  },
  connected: {
    started: ignored('connected'),
    certified: ignored('connected'),
    kept: ignored('connected'),
    frame: {
      to: ['connected', 'proving', 'identified', 'ordered', 'ended'],
      does: 'collect message 2; of a key not known yet: ask who it is; of a known one: ask the property, or give the order again; a fault: fail',
    },
    failed: { to: ['ended'], does: 'fail; the link is lost: fail `not-admitted`' },
    timer: late('connected'),
  },
  proving: {
    started: ignored('proving'),
    certified: ignored('proving'),
    kept: ignored('proving'),
    frame: {
      to: ['proving', 'identified', 'ended'],
      does: 'collect the identity; keep it, ask the property; a fault: fail',
    },
    failed: { to: ['ended'], does: 'fail; the link is lost: fail `secret-refused`' },
    timer: late('proving'),
  },
  identified: {
    started: ignored('identified'),
    certified: { to: ['certified'], does: 'keep the order' },
    kept: ignored('identified'),
    frame: outOfTurn,
    failed,
    timer: late('identified'),
  },
  certified: {
    started: ignored('certified'),
    certified: ignored('certified'),
    kept: { to: ['certified', 'ordered'], does: 'when it is the order: give it' },
    frame: outOfTurn,
    failed,
    timer: late('certified'),
  },
  ordered: {
    started: ignored('ordered'),
    certified: ignored('ordered'),
    kept: ignored('ordered'),
    frame: {
      to: ['ordered', 'ended'],
      does: 'collect the answer; keep that the lock has confirmed, or that it refused; a fault: fail',
    },
    failed: { to: ['ended'], does: 'fail; the link is lost before any answer: fail `secret-refused`' },
    timer: late('ordered'),
  },
  ended: {
    started: ignored('ended'),
    certified: ignored('ended'),
    kept: ignored('ended'),
    frame: ignored('ended'),
    failed: ignored('ended'),
    timer: ignored('ended'),
  },
} as const satisfies StateTable<At, InstallerEvent['type']>;
