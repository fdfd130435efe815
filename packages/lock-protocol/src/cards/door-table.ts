import type { StateTable, TableCell } from '../state-table.js';
import type { DoorAt } from './door-machine.js';
import type { DoorEvent } from './door-state.js';

const ignored = <Here extends DoorAt>(at: Here) => ({ to: [at], does: '–' }) as const satisfies TableCell<DoorAt>;

const busy = { to: ['moving'], does: 'tell `busy`' } as const satisfies TableCell<DoorAt>;

const code = 'look the digits up: move the bolt, or log and tell the refusal';

/** What happens at the door itself: every state of it and every event (SPEC §9.7). */
export const doorTable = {
  free: {
    card: {
      to: ['free', 'checking', 'moving'],
      does: 'look it up: challenge it, move the bolt, or log and tell the refusal',
    },
    'card-checked': ignored('free'),
    code: { to: ['free', 'moving'], does: code },
    'door-actuated': ignored('free'),
  },
  enrolling: {
    card: { to: ['free', 'checking'], does: 'report it to the session, or challenge it for its public key' },
    'card-checked': ignored('enrolling'),
    code: { to: ['enrolling', 'moving'], does: code },
    'door-actuated': ignored('enrolling'),
  },
  checking: {
    card: {
      to: ['free', 'checking', 'moving'],
      does: 'forget the one before; as in free, or in enrolling when a session waits for a card',
    },
    'card-checked': {
      to: ['free', 'enrolling', 'checking', 'moving'],
      does: 'of its number: decide: move the bolt, report it, or log and tell the refusal',
    },
    code: { to: ['checking', 'moving'], does: code },
    'door-actuated': ignored('checking'),
  },
  moving: {
    card: busy,
    'card-checked': { to: ['moving'], does: 'of its number: tell `busy`' },
    code: busy,
    'door-actuated': { to: ['free', 'enrolling', 'moving'], does: 'of a move of the door: log the outcome' },
  },
} as const satisfies StateTable<DoorAt, DoorEvent['type']>;
