import type { StateTable, TableCell } from '../state-table.js';
import type { CallerEvent, CallerState } from './caller-state.js';

type At = CallerState['at'];

const ignored = <Here extends At>(at: Here) => ({ to: [at], does: '–' }) as const satisfies TableCell<At>;

const failed = { to: ['ended'], does: 'fail' } as const satisfies TableCell<At>;

const unknown = { to: ['ended'], does: 'fail, outcome unknown' } as const satisfies TableCell<At>;

const late = <Here extends At>(at: Here) =>
  ({ to: [at, 'ended'], does: 'when due: fail `late`' }) as const satisfies TableCell<At>;

/** The caller's side of one command: every state and every event (SPEC §9.5). */
export const callerTable = {
  start: {
    started: { to: ['greeting', 'ended'], does: 'ask for the authority, write message 1; no OLP/1 in INFO: fail' },
    authorized: ignored('start'),
    permitted: ignored('start'),
    frame: ignored('start'),
    failed,
    timer: late('start'),
  },
  greeting: {
    started: ignored('greeting'),
    authorized: { to: ['greeting'], does: 'keep it' },
    permitted: ignored('greeting'),
    frame: {
      to: ['greeting', 'authorizing', 'permitting', 'ended'],
      does: 'collect message 2; with the authority: ask the journal; a fault: fail',
    },
    failed,
    timer: late('greeting'),
  },
  authorizing: {
    started: ignored('authorizing'),
    authorized: { to: ['permitting'], does: 'ask the journal' },
    permitted: ignored('authorizing'),
    frame: { to: ['ended'], does: 'out of turn: fail' },
    failed,
    timer: late('authorizing'),
  },
  permitting: {
    started: ignored('permitting'),
    authorized: ignored('permitting'),
    permitted: { to: ['commanding', 'ended'], does: 'write message 3; past the deadline: fail `late`' },
    frame: { to: ['ended'], does: 'out of turn: fail' },
    failed,
    timer: late('permitting'),
  },
  commanding: {
    started: ignored('commanding'),
    authorized: ignored('commanding'),
    permitted: ignored('commanding'),
    frame: {
      to: ['commanding', 'ended'],
      does: 'collect the answer; first `certificate-unknown`: send the certificate; a fault: fail, outcome unknown',
    },
    failed: unknown,
    timer: { to: ['commanding', 'ended'], does: 'when due: fail `late`, outcome unknown' },
  },
  ended: {
    started: ignored('ended'),
    authorized: ignored('ended'),
    permitted: ignored('ended'),
    frame: ignored('ended'),
    failed: ignored('ended'),
    timer: ignored('ended'),
  },
} as const satisfies StateTable<At, CallerEvent['type']>;
