import type { StateTable } from '../state-table.js';

/** Where a lock is with its firmware: the rows of SPEC §10.13. */
export type FirmwareAt = 'settled' | 'receiving' | 'pending' | 'trying';

/** What can happen to firmware: the columns. */
export type FirmwareHappening = 'offer' | 'put' | 'commit' | 'switched on' | 'proven' | 'failed';

const makeProven = 'its slot is the proven one, raise the least version';
const takeBack = 'forget it, log; restart if it runs';

/** Every state and event of firmware (SPEC §10.13). */
export const firmwareTable: StateTable<FirmwareAt, FirmwareHappening> = {
  settled: {
    offer: { to: ['settled', 'receiving'], does: 'erase the other slot, or refuse' },
    put: { to: ['settled'], does: '`bad-frame`' },
    commit: { to: ['settled'], does: '`bad-frame`' },
    'switched on': { to: ['settled'], does: 'start the proven slot' },
    proven: { to: ['settled'], does: '–' },
    failed: { to: ['settled'], does: '–' },
  },
  receiving: {
    offer: { to: ['receiving'], does: 'the same: tell what is held; another: erase, or refuse' },
    put: { to: ['receiving'], does: 'write the piece, or refuse' },
    commit: {
      to: ['settled', 'receiving', 'pending'],
      does: 'whole: log, restart; short: `digest`; else drop it, `digest`',
    },
    'switched on': { to: ['receiving'], does: 'start the proven slot' },
    proven: { to: ['receiving'], does: '–' },
    failed: { to: ['receiving'], does: '–' },
  },
  pending: {
    offer: { to: ['pending'], does: '`busy`' },
    put: { to: ['pending'], does: '`bad-frame`' },
    commit: { to: ['pending'], does: '`ok`' },
    'switched on': { to: ['trying'], does: 'start the other slot if it has the hash, else the proven one' },
    proven: { to: ['settled'], does: makeProven },
    failed: { to: ['settled'], does: takeBack },
  },
  trying: {
    offer: { to: ['trying'], does: '`busy`' },
    put: { to: ['trying'], does: '`bad-frame`' },
    commit: { to: ['trying'], does: '`ok`' },
    'switched on': { to: ['trying'], does: 'start the proven slot' },
    proven: { to: ['settled'], does: makeProven },
    failed: { to: ['settled'], does: takeBack },
  },
};
