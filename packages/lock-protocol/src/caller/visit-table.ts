import type { StateTable, TableCell } from '../state-table.js';
import type { VisitEvent, VisitState } from './visit-state.js';

type At = VisitState['at'];

const ignored = <Here extends At>(at: Here) => ({ to: [at], does: '–' }) as const satisfies TableCell<At>;

const failed = { to: ['ended'], does: 'fail' } as const satisfies TableCell<At>;

const outOfTurn = { to: ['ended'], does: 'out of turn: fail' } as const satisfies TableCell<At>;

const late = <Here extends At>(at: Here) =>
  ({ to: [at, 'ended'], does: 'when due: fail `late`' }) as const satisfies TableCell<At>;

/** The caller's side of a visit: every state and every event (SPEC §9.6). */
export const visitTable = {
  start: {
    started: { to: ['greeting', 'ended'], does: 'write message 1; no OLP/1 in INFO: fail' },
    asked: outOfTurn,
    frame: ignored('start'),
    failed,
    timer: late('start'),
  },
  greeting: {
    started: ignored('greeting'),
    asked: outOfTurn,
    frame: { to: ['greeting', 'open', 'ended'], does: 'collect message 2; tell what it says; a fault: fail' },
    failed,
    timer: late('greeting'),
  },
  open: {
    started: ignored('open'),
    asked: { to: ['asking'], does: 'write the request, the first in message 3' },
    frame: outOfTurn,
    failed,
    timer: late('open'),
  },
  asking: {
    started: ignored('asking'),
    asked: outOfTurn,
    frame: { to: ['asking', 'open', 'ended'], does: 'collect the answer; give it; a fault: fail' },
    failed,
    timer: late('asking'),
  },
  ended: {
    started: ignored('ended'),
    asked: ignored('ended'),
    frame: ignored('ended'),
    failed: ignored('ended'),
    timer: ignored('ended'),
  },
} as const satisfies StateTable<At, VisitEvent['type']>;
