import { anyLink, anyLock, guestGrant, honest, type Tell, unlock } from './story-parts.js';

const day = 86_400_000;

/** A key that opens is copied to another phone, and whoever holds it talks on in one session as they like. */
export const copiedKey: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const lock = anyLock(story);
  const phone = dice.int(0, phones - 1);
  const thief = dice.chance(0.5) ? phone : (phone + 1) % phones;
  add({ do: 'issue', at, grant: guestGrant({ phone, lock }) });
  const quotes = dice.pick(['nothing', 'older', 'last'] as const);
  const again = [
    { afterMs: dice.pick([100, 2000]), quotes: 'last' as const },
    { afterMs: dice.pick([100, 2000, 6000]), quotes },
  ];
  const shown = { from: 'grants', pick: 0 } as const;
  const command = { presenter: { key: 'phone', phone: thief } as const, shown, commandId: 'new' as const };
  add({
    ...{ do: 'abuse', at: at + 1000, lock, ...command, command: unlock },
    ...{ heldMs: 0, again, link: anyLink(dice, 0) },
  });
  return at + 20_000;
};

/** Somebody between a phone and a lock holds a command back, and keeps the lock waiting after the person has left. */
export const relay: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const lock = anyLock(story);
  const phone = dice.int(0, phones - 1);
  add({ do: 'issue', at, grant: guestGrant({ phone, lock }) });
  const by = dice.pick([900, 1900, 3000, 4200]);
  const frame = dice.pick([0, 1, 1, 1]);
  const faults = [{ way: 'to-lock', fault: 'held-back', frame, by } as const];
  const link = { mtu: 247, latencyMs: dice.pick([5, 30]), faults, relayedMs: 6000 };
  const command = { ...unlock, ttlMs: dice.pick([600, 1000, 2000, 4000]) };
  add({ do: 'open', at: at + 1000, phone, lock, grant: 0, command, retries: 0, link });
  return at + 15_000;
};

/** A stolen key, long since replaced, signs for months on, dated back to when it was good. */
export const longTheft: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const lock = anyLock(story);
  const months = at + dice.int(115, 150) * day;
  if (dice.chance(0.5)) add({ do: 'visit', at: months - 60_000, carrier: 0, lock, ...honest, link: anyLink(dice, 0) });
  const presenter = { key: 'phone', phone: dice.int(0, phones - 1) } as const;
  const shown = { from: 'forge', kind: dice.pick(['grant', 'token'] as const), signer: 'backdated' } as const;
  const sent = { commandId: 'new', command: unlock, heldMs: 0, again: [], link: anyLink(dice, 0) } as const;
  add({ do: 'abuse', at: months, lock, presenter, shown, ...sent });
  return months + 10_000;
};
