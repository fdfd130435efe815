import type { StateTable, TableCell } from '../state-table.js';
import type { LinkEvent, LockState } from './lock-state.js';

type At = LockState['at'];

const ignored = <Here extends At>(at: Here) => ({ to: [at], does: '–' }) as const satisfies TableCell<At>;

const refused = <Here extends At>(at: Here) =>
  ({ to: [at], does: 'end the new connection' }) as const satisfies TableCell<At>;

/** The lock's side of the protocol: every state and every event (SPEC §9.4). */
export const lockTable = {
  idle: {
    connected: { to: ['ready'], does: 'wait for message 1' },
    frame: ignored('idle'),
    actuated: ignored('idle'),
    timer: ignored('idle'),
    disconnected: ignored('idle'),
  },
  ready: {
    connected: refused('ready'),
    frame: {
      to: ['ready', 'handshake', 'closing'],
      does: 'collect message 1; answer it with message 2; too many failed: let it wait; a fault, or a frame meanwhile: log `auth`, end',
    },
    actuated: ignored('ready'),
    timer: {
      to: ['ready', 'handshake', 'closing'],
      does: 'when due: read the message 1 that waits; without one: end; log `auth` if a message had begun',
    },
    disconnected: { to: ['idle'], does: 'log `auth` if a message had begun, `busy` if it waited' },
  },
  handshake: {
    connected: refused('handshake'),
    frame: {
      to: ['handshake', 'session', 'moving', 'enrolling', 'closing'],
      does: 'collect message 3; decide its request: answer, move the bolt, or wait for a card; a fault: log `auth`, end',
    },
    actuated: ignored('handshake'),
    timer: { to: ['handshake', 'closing'], does: 'when due: log `late`, or `auth` inside a message; end' },
    disconnected: { to: ['idle'], does: 'forget the handshake' },
  },
  session: {
    connected: refused('session'),
    frame: {
      to: ['session', 'moving', 'enrolling', 'closing'],
      does: 'collect a record; decide its request: answer, move the bolt, or wait for a card; a fault: log `bad-frame` or `auth`, end',
    },
    actuated: ignored('session'),
    timer: { to: ['session', 'closing'], does: 'when due: end; log `bad-frame` inside a message' },
    disconnected: { to: ['idle'], does: 'forget the session' },
  },
  moving: {
    connected: refused('moving'),
    frame: { to: ['finishing'], does: 'log `bad-frame`, end; the bolt moves on' },
    actuated: { to: ['session'], does: 'store and log the outcome, answer' },
    timer: { to: ['moving', 'finishing'], does: 'when due: end; the bolt moves on' },
    disconnected: { to: ['finishing'], does: 'the bolt moves on' },
  },
  enrolling: {
    connected: refused('enrolling'),
    frame: { to: ['closing'], does: 'log `bad-frame`, end' },
    actuated: ignored('enrolling'),
    timer: { to: ['enrolling', 'session'], does: 'when due: log and answer `late`' },
    disconnected: { to: ['idle'], does: 'forget the session' },
  },
  finishing: {
    connected: refused('finishing'),
    frame: ignored('finishing'),
    actuated: { to: ['idle', 'closing'], does: 'store and log the outcome' },
    timer: ignored('finishing'),
    disconnected: { to: ['finishing'], does: 'the bolt moves on' },
  },
  closing: {
    connected: refused('closing'),
    frame: ignored('closing'),
    actuated: ignored('closing'),
    timer: ignored('closing'),
    disconnected: { to: ['idle'], does: 'serve the next' },
  },
} as const satisfies StateTable<At, LinkEvent['type']>;
