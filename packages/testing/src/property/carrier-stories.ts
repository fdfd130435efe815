import { anyFate, anyLink, anyLock, guestGrant, honest, type Tell, unlock } from './story-parts.js';

/** A key is revoked; the word goes out with whoever goes there, and old words come after it. */
export const revocation: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const lock = anyLock(story);
  const phone = dice.int(0, phones - 1);
  const isSlot = dice.chance(0.4);
  const slot = isSlot || dice.chance(0.5) ? { slot: dice.int(1, 2) } : {};
  // Something older than the revocation is there to be brought again.
  add({ do: 'issue', at, grant: guestGrant({ phone: (phone + 1) % phones, lock }) });
  add({ do: 'revoke', at: at + 100, grant: 0, isSlot: false });
  const brought = { ...honest, carrier: dice.int(0, phones), lock, isTold: dice.chance(0.5) };
  if (dice.chance(0.5)) add({ do: 'visit', at: at + 500, ...brought, link: anyLink(dice, 0.1) });
  add({ do: 'issue', at: at + 6000, grant: guestGrant({ phone, lock, ...slot }) });
  if (dice.chance(0.5))
    add({ do: 'open', at: at + 7000, phone, lock, grant: 0, command: unlock, retries: 0, link: anyLink(dice, 0) });
  add({ do: 'revoke', at: at + 12_000, grant: 0, isSlot });
  if (dice.chance(0.3)) add({ do: 'outage', at: at + 12_500, of: 'gateway', lock, ms: 20_000 });
  if (dice.chance(0.4)) {
    const night = { darkMs: dice.pick([300, 1500]), counter: 'counts-on' as const };
    add({ do: 'cut', at: at + 12_900, lock, cut: { bytes: dice.int(0, 4000) }, ...night });
  }
  add({ do: 'visit', at: at + 13_000, ...brought, link: anyLink(dice, 0.2) });
  const stale = { ...brought, carrier: 0, behind: dice.int(0, 2), isEmptyHanded: false };
  if (dice.chance(0.6)) add({ do: 'visit', at: at + 20_000, ...stale, link: anyLink(dice, 0) });
  if (dice.chance(0.3)) add({ do: 'cut', at: at + 26_000, lock, cut: 'now', darkMs: 800, counter: anyFate(dice) });
  add({ do: 'open', at: at + 28_000, phone, lock, grant: 0, command: unlock, retries: 0, link: anyLink(dice, 0) });
  return at + 35_000;
};

/** Door codes change, are brought whole, in part or not at all, and are typed. */
export const codes: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const lock = anyLock(story);
  let moment = at;
  add({ do: 'codes', at, lock, change: 'add' });
  for (let times = dice.int(2, 3); times > 0; times -= 1) {
    if (dice.chance(0.3)) {
      const night = { darkMs: dice.pick([300, 1500]), counter: 'counts-on' as const };
      add({ do: 'cut', at: moment + 900, lock, cut: { bytes: dice.int(0, 9000) }, ...night });
    }
    const brought = { ...honest, carrier: dice.int(0, phones), lock, behind: dice.pick([0, 0, 1]) };
    add({ do: 'visit', at: moment + 1000, ...brought, isEmptyHanded: dice.chance(0.2), link: anyLink(dice, 0.2) });
    add({ do: 'type', at: moment + 12_000, lock, code: dice.int(0, 2) });
    // Whoever set out before it comes after it, with the set of that time.
    if (dice.chance(0.4))
      add({ do: 'visit', at: moment + 14_000, ...honest, carrier: 0, lock, behind: 1, link: anyLink(dice, 0) });
    add({ do: 'codes', at: moment + 20_000, lock, change: dice.pick(['add', 'remove', 'remove'] as const) });
    moment += 25_000;
  }
  add({ do: 'visit', at: moment, ...honest, carrier: 0, lock, link: anyLink(dice, 0.1) });
  for (const code of [0, 1, 2]) add({ do: 'type', at: moment + 10_000 + 8000 * code, lock, code });
  return moment + 35_000;
};

/** Somebody tries to make a lock take the wrong time. */
export const wrongTime: Tell = (story) => {
  const { dice, at, add } = story;
  const attack = {
    token: dice.pick(['old', 'other-lock', 'held-back'] as const),
    heldMs: dice.pick([0, 20_000, 34_000, 45_000]),
  };
  add({ do: 'tell', at, lock: anyLock(story), ...attack, link: anyLink(dice, 0) });
  return at + 60_000;
};

/** A gateway asks for a token for one door and stands at another, or wants another command. */
export const liar: Tell = (story) => {
  const { dice, at, add } = story;
  const shown = { from: 'asked', lock: dice.int(0, 2), action: dice.pick(['unlock', 'lock'] as const) } as const;
  const command = { ...unlock, intent: 'staff', via: 'remote', ttlMs: 30_000 } as const;
  const commandId = dice.pick(['its', 'its', 'new', 'newest'] as const);
  const presenter = { key: 'gateway' } as const;
  const held = {
    heldMs: dice.pick([0, 0, 4000]),
    again: [{ afterMs: dice.pick([1000, 9000]), quotes: 'last' } as const],
  };
  add({ do: 'abuse', at, lock: anyLock(story), presenter, shown, commandId, command, ...held, link: anyLink(dice, 0) });
  return at + 20_000;
};
