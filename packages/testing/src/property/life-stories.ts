import { anyCut, anyLink, anyLock, guestGrant, honest, type Tell, unlock } from './story-parts.js';

const day = 86_400_000;

/** A lock is reset, or taken back, and made the property's own again; what opened before opens no more. */
export const secondLife: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const lock = anyLock(story);
  const phone = dice.int(0, phones - 1);
  const terms = { startsIn: -60, lasts: 259_200, flags: [] };
  const held = { do: 'hold', lock, card: 1, by: 'holder', wish: 'unlock', takesMs: 50, leaves: false } as const;
  const use = { do: 'open', phone, lock, command: unlock, retries: 0 } as const;
  const night = { darkMs: dice.pick([300, 1500, 5000]), counter: 'counts-on' as const };
  add({ do: 'issue', at, grant: guestGrant({ phone, lock }) });
  add({ do: 'give-card', at, lock, card: 1, isNumberOnly: false, terms, set: { minimumClass: 0 } });
  add({ do: 'visit', at: at + 1000, ...honest, carrier: 0, lock, link: anyLink(dice, 0) });
  const end = at + 12_000;
  if (dice.chance(0.5))
    add({
      do: 'cut',
      at: end - 10,
      lock,
      cut: dice.chance(0.5)
        ? { bytes: dice.int(0, 14_000) }
        : dice.pick([{ at: 'before-keys' } as const, anyCut(dice)]),
      ...night,
    });
  if (dice.chance(0.5)) {
    if (dice.chance(0.3)) add({ ...use, at: end - 300, grant: 0, link: anyLink(dice, 0) });
    add({ do: 'reset', at: end, lock });
  } else {
    const asked = { lock, phone, isInside: dice.chance(0.7), hasRight: dice.chance(0.7), link: anyLink(dice, 0.1) };
    add({ do: 'decommission', at: end, ...asked });
    if (dice.chance(0.3)) add({ do: 'reset', at: end + 20_000, lock });
  }
  let moment = end + 45_000;
  // Nobody's lock: everybody tries.
  const shown = { from: 'forge', kind: dice.pick(['grant', 'token'] as const), signer: 'stolen' } as const;
  const lie = { presenter: { key: 'phone', phone } as const, commandId: 'new' as const, command: unlock, heldMs: 0 };
  if (dice.chance(0.5)) add({ do: 'abuse', at: moment, lock, ...lie, shown, again: [], link: anyLink(dice, 0) });
  add({ at: moment + 3000, ...held });
  moment += 10_000;
  const who = dice.pick(['stranger', 'with-old-order', 'with-order-of-another', 'installer'] as const);
  const isInside = who !== 'installer';
  if (dice.chance(0.5)) {
    // Somebody was inside, and left long ago.
    if (dice.chance(0.3))
      add({ do: 'commission', at: moment, lock, isInside: true, who: 'stranger', tries: 1, link: anyLink(dice, 0) });
    add({
      do: 'commission',
      at: moment + dice.pick([0, 150_000]),
      lock,
      isInside,
      who,
      tries: 1,
      link: anyLink(dice, 0),
    });
    moment += 170_000;
  }
  if (dice.chance(0.4)) add({ do: 'cut', at: moment - 10, lock, cut: { bytes: dice.int(0, 4000) }, ...night });
  add({
    do: 'commission',
    at: moment,
    lock,
    isInside: true,
    who: 'installer',
    tries: dice.int(1, 4),
    link: anyLink(dice, 0.3),
  });
  moment += 60_000;
  if (dice.chance(0.7)) add({ do: 'visit', at: moment, ...honest, carrier: 0, lock, link: anyLink(dice, 0) });
  moment += 8000;
  add({ at: moment, ...held });
  const old = { from: 'grants', pick: dice.int(0, 3) } as const;
  add({
    do: 'abuse',
    at: moment + 8000,
    lock,
    ...lie,
    shown: dice.chance(0.5) ? old : shown,
    again: [],
    link: anyLink(dice, 0),
  });
  add({ do: 'issue', at: moment + 16_000, grant: guestGrant({ phone, lock }) });
  add({ ...use, at: moment + 17_000, grant: dice.int(0, 1), link: anyLink(dice, 0.1) });
  if (dice.chance(0.4)) {
    const link = anyLink(dice, 0);
    add({ do: 'commission', at: moment + 25_000, lock, isInside: true, who: 'takes-over', tries: 1, link });
  }
  return moment + 30_000;
};

/** A lock that obeys is to be made somebody else's, or taken from its property by who may not. */
export const takeover: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const lock = anyLock(story);
  const link = anyLink(dice, 0);
  add({
    do: 'commission',
    at,
    lock,
    isInside: true,
    who: dice.pick(['takes-over', 'stranger'] as const),
    tries: 1,
    link,
  });
  const asked = { lock, phone: dice.int(0, phones - 1), isInside: dice.chance(0.5), link };
  add({ do: 'decommission', at: at + dice.pick([20_000, 150_000, day]), ...asked, hasRight: !asked.isInside });
  return at + 160_000;
};

/** More happens than the log can hold; the power fails as it goes around; and the reader finds what is gone. */
export const fullLog: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const lock = anyLock(story);
  const night = { darkMs: dice.pick([300, 1500]), counter: 'counts-on' as const };
  let moment = at;
  for (let times = dice.int(1, 3); times > 0; times -= 1) {
    if (dice.chance(0.4)) add({ do: 'cut', at: moment, lock, cut: { bytes: dice.int(0, 600_000) }, ...night });
    add({ do: 'shake', at: moment + 10, lock, times: dice.pick([40, 700, 1100, 1300]) });
    const carrier = dice.int(0, phones);
    if (dice.chance(0.7)) add({ do: 'visit', at: moment + 5000, ...honest, carrier, lock, link: anyLink(dice, 0.1) });
    moment += 70_000;
  }
  return moment;
};
