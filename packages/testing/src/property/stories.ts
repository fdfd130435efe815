import { cardOfGuest, guessing, nextCard, takenCard } from './card-stories.js';
import { codes, liar, revocation, wrongTime } from './carrier-stories.js';
import type { Presenter, Shown } from './history.js';
import { fullLog, secondLife, takeover } from './life-stories.js';
import {
  anyCommand,
  anyCut,
  anyFate,
  anyGrant,
  anyLink,
  anyLock,
  anyShown,
  guestGrant,
  honest,
  type Tell,
  unlock,
} from './story-parts.js';
import { copiedKey, longTheft, relay } from './thief-stories.js';

export type { Story } from './story-parts.js';

/** A guest gets a key and uses it a few times. */
const guest: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const phone = dice.int(0, phones - 1);
  const lock = anyLock(story);
  add({ do: 'issue', at, grant: anyGrant(story, phone, lock) });
  let moment = at + dice.pick([500, 2000, 700_000]);
  for (let times = dice.int(1, 2); times > 0; times -= 1) {
    const use = { phone, lock, grant: dice.int(0, 1), command: anyCommand(dice), retries: dice.int(0, 2) };
    add({ do: 'open', at: moment, ...use, link: anyLink(dice) });
    moment += dice.pick([4000, 40_000]);
  }
  return moment;
};

/** The next guest moves in; the power may fail as they first open, and the one before comes back. */
const nextGuest: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const lock = anyLock(story);
  const first = dice.int(0, phones - 1);
  const second = (first + 1) % phones;
  const slot = dice.int(1, 2);
  add({ do: 'issue', at, grant: guestGrant({ phone: first, lock, slot }) });
  add({
    do: 'open',
    at: at + 1000,
    phone: first,
    lock,
    grant: 0,
    command: unlock,
    retries: 1,
    link: anyLink(dice, 0.1),
  });
  add({ do: 'issue', at: at + 9000, grant: guestGrant({ phone: second, lock, slot }) });
  if (dice.chance(0.7)) {
    const cut = { lock, cut: anyCut(dice), darkMs: dice.pick([500, 1500, 20_000]), counter: 'counts-on' as const };
    add({ do: 'cut', at: at + 9500, ...cut });
  }
  const retries = dice.int(0, 3);
  add({
    do: 'open',
    at: at + 10_000,
    phone: second,
    lock,
    grant: 0,
    command: unlock,
    retries,
    link: anyLink(dice, 0.1),
  });
  add({
    do: 'open',
    at: at + 40_000,
    phone: first,
    lock,
    grant: 0,
    command: unlock,
    retries: 1,
    link: anyLink(dice, 0),
  });
  return at + 45_000;
};

/** Staff opens from a desk, and whoever saw it tries to make more of it. */
const remote: Tell = (story) => {
  const { dice, at, add } = story;
  const lock = anyLock(story);
  const command = { ...anyCommand(dice), intent: 'staff', via: 'remote' } as const;
  const wire = {
    lifetimeSeconds: dice.pick([2, 5, 10, 30]),
    wanMs: dice.pick([20, 200, 1500, 2300]),
    retries: dice.int(0, 2),
  };
  add({ do: 'remote', at, lock, command, ...wire, link: anyLink(dice) });
  if (dice.chance(0.6)) {
    add({
      ...{ do: 'abuse', at: at + dice.pick([3000, 12_000, 40_000]), lock: dice.chance(0.7) ? lock : anyLock(story) },
      ...{
        presenter: { key: 'gateway' },
        shown: { from: 'tokens', pick: 0 },
        commandId: dice.pick(['its', 'its', 'new']),
      },
      ...{
        command: dice.chance(0.6) ? command : anyCommand(dice),
        heldMs: dice.pick([0, 2000]),
        again: [],
        link: anyLink(dice, 0),
      },
    });
  }
  return at + 45_000;
};

/** Somebody brings the time and takes the log. */
const visit: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const held = {
    ...{ timeHeldMs: dice.pick([0, 0, 500, 2000, 4800]), isTold: dice.chance(0.8), acknowledges: dice.chance(0.7) },
    ...{ behind: dice.pick([0, 0, 0, 1, 2]), isEmptyHanded: dice.chance(0.15) },
  };
  add({ do: 'visit', at, carrier: dice.int(0, phones), lock: anyLock(story), ...held, link: anyLink(dice) });
  return at + 3000;
};

/** What was recorded is sent again. */
const replays: Tell = (story) => {
  const { dice, at, add } = story;
  const lock = dice.chance(0.7) ? undefined : anyLock(story);
  const again = { recording: dice.int(0, 30), lock, skip: dice.pick([0, 0, 0, 1, 3]), gapMs: dice.pick([0, 30, 500]) };
  add({ do: 'replay', at, ...again, link: anyLink(dice, 0.1) });
  return at + 6000;
};

/** Somebody with a key of their own tries what they hold. */
const abuses: Tell = (story) => {
  const { dice, at, add, phones } = story;
  let moment = at;
  for (let times = dice.int(1, 2); times > 0; times -= 1) {
    const presenter = dice.chance(0.3)
      ? ({ key: 'gateway' } as const)
      : ({ key: 'phone', phone: dice.int(0, phones - 1) } as const);
    const again = dice.chance(0.5)
      ? [{ afterMs: dice.pick([100, 2000, 6000, 9000]), quotes: dice.pick(['last', 'older', 'nothing'] as const) }]
      : [];
    add({
      ...{ do: 'abuse', at: moment, lock: anyLock(story), presenter, shown: anyShown(dice) },
      ...{ commandId: dice.pick(['new', 'new', 'newest', 'its']), command: anyCommand(dice) },
      ...{ heldMs: dice.pick([0, 0, 1500, 4900]), again, link: anyLink(dice, 0.1) },
    });
    moment += 16_000;
  }
  return moment;
};

/** The power fails around a command that is pressed again and again. */
const dark: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const lock = anyLock(story);
  const phone = dice.int(0, phones - 1);
  const flags = dice.chance(0.5) ? (['one-shot'] as const) : [];
  add({ do: 'issue', at, grant: guestGrant({ phone, lock, flags, lasts: dice.pick([120, 86_400]) }) });
  const night = { darkMs: dice.pick([300, 900, 2000]), counter: anyFate(dice) };
  add({ do: 'cut', at: at + 500, lock, cut: anyCut(dice), ...night });
  const command = { ...unlock, ttlMs: dice.pick([8000, 30_000]) };
  add({ do: 'open', at: at + 1000, phone, lock, grant: 0, command, retries: 8, link: anyLink(dice, 0.1) });
  if (dice.chance(0.5)) {
    const again = { command: unlock, heldMs: 0, again: [], link: anyLink(dice, 0) };
    const key = { presenter: { key: 'phone', phone } as const, shown: { from: 'grants', pick: 0 } as const };
    add({ do: 'abuse', at: at + 35_000, lock, ...key, commandId: dice.pick(['newest', 'new']), ...again });
  }
  return at + 45_000;
};

/** A signing key is stolen, and the property renews its keys. */
const theft: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const lock = anyLock(story);
  const phone = dice.int(0, phones - 1);
  const kind = dice.pick(['grant', 'token'] as const);
  const via = dice.pick(['local', 'remote'] as const);
  const shown: Shown = { from: 'forge', kind, signer: 'stolen' };
  const presenter: Presenter = { key: 'phone', phone };
  const thief = {
    lock,
    presenter,
    shown,
    commandId: 'new',
    command: { ...unlock, via },
    heldMs: 0,
    again: [],
  } as const;
  if (dice.chance(0.5)) add({ do: 'abuse', at, ...thief, link: anyLink(dice, 0) });
  add({ do: 'raise-epoch', at: at + 5000 });
  const carrier = dice.int(0, phones);
  const visited = { ...honest, carrier, lock, isTold: dice.chance(0.5), link: anyLink(dice, 0.1) };
  add({ do: 'visit', at: at + 6000, ...visited });
  if (dice.chance(0.4)) add({ do: 'cut', at: at + 11_000, lock, cut: 'now', darkMs: 1000, counter: anyFate(dice) });
  add({ do: 'abuse', at: at + 15_000, ...thief, link: anyLink(dice, 0) });
  return at + 20_000;
};

/** A key comes to its end, and whoever has it helps the clock a little. */
const expiry: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const lock = anyLock(story);
  const phone = dice.int(0, phones - 1);
  const lasts = dice.pick([60, 600, 86_400]);
  const isNew = dice.chance(0.3);
  add({ do: 'issue', at, grant: guestGrant({ phone, lock, lasts, startsIn: isNew ? 300 : 0 }) });
  add({ do: 'open', at: at + 2000, phone, lock, grant: 0, command: unlock, retries: 0, link: anyLink(dice, 0) });
  const over = at + lasts * 1000 + dice.pick([70_000, 400_000]);
  if (dice.chance(0.6)) {
    const night = { darkMs: dice.pick([1000, 60_000, lasts * 1000]), counter: anyFate(dice) };
    add({ do: 'cut', at: over, lock, cut: 'now', ...night });
  }
  const again = over + dice.pick([3000, 70_000, lasts * 1000 + 2000]);
  add({ do: 'open', at: again, phone, lock, grant: 0, command: unlock, retries: 0, link: anyLink(dice, 0) });
  return again + 10_000;
};

/** A clock that has not been told the time for weeks stands still, and an old key is tried. */
const oldClock: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const lock = anyLock(story);
  const phone = dice.int(0, phones - 1);
  const day = 86_400_000;
  add({ do: 'visit', at, carrier: 0, lock, ...honest, link: anyLink(dice, 0) });
  const weeks = at + dice.int(14, 20) * day;
  add({ do: 'issue', at: weeks, grant: guestGrant({ phone, lock, lasts: 3600 }) });
  add({ do: 'open', at: weeks + 1000, phone, lock, grant: 0, command: unlock, retries: 0, link: anyLink(dice, 0) });
  add({
    do: 'cut',
    at: weeks + 60_000,
    lock,
    cut: 'now',
    darkMs: 6 * 3_600_000,
    counter: dice.pick(['stands-still', 'stands-still', 'stands-still', 'begins-anew']),
  });
  const later = weeks + 6 * 3_600_000 + 120_000;
  const other = (phone + 1) % phones;
  if (dice.chance(0.8)) {
    add({ do: 'issue', at: later, grant: guestGrant({ phone: other, lock }) });
    add({
      do: 'open',
      at: later + 1000,
      phone: other,
      lock,
      grant: 0,
      command: unlock,
      retries: 0,
      link: anyLink(dice, 0),
    });
  }
  add({ do: 'open', at: later + 20_000, phone, lock, grant: 0, command: unlock, retries: 0, link: anyLink(dice, 0) });
  return later + 30_000;
};

/** A scheduled key is tried at all hours. */
const cleaner: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const lock = anyLock(story);
  const phone = dice.int(0, phones - 1);
  const schedule = [
    { weekdays: dice.pick([31, 96, 127]), startMinute: 60 * dice.int(0, 23), endMinute: 60 * dice.int(0, 24) },
  ];
  add({ do: 'issue', at, grant: guestGrant({ phone, lock, lasts: 1_209_600, schedule }) });
  let moment = at + 2000;
  for (let times = 3; times > 0; times -= 1) {
    add({ do: 'open', at: moment, phone, lock, grant: 0, command: unlock, retries: 0, link: anyLink(dice, 0) });
    moment += dice.int(3, 40) * 1_800_000;
  }
  return moment;
};

/** Something at the door or around it does not work for a while. */
const trouble: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const lock = anyLock(story);
  const what = dice.pick(['jam', 'privacy', 'outage', 'outage'] as const);
  if (what === 'outage')
    add({
      do: 'outage',
      at,
      of: dice.pick(['wan', 'gateway', 'radio']),
      lock,
      ms: dice.pick([1000, 60_000, 3_600_000]),
    });
  else {
    add({ do: what, at, lock, isOn: true });
    add({ do: what, at: at + 30_000, lock, isOn: false });
  }
  const phone = dice.int(0, phones - 1);
  const rights = dice.chance(0.3) ? (['unlock', 'local', 'privacy-override'] as const) : (['unlock', 'local'] as const);
  add({ do: 'issue', at, grant: guestGrant({ phone, lock, rights }) });
  add({ do: 'open', at: at + 1000, phone, lock, grant: 0, command: unlock, retries: 2, link: anyLink(dice, 0.1) });
  return at + 35_000;
};

/** A command is held back on its way. */
const heldBack: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const lock = anyLock(story);
  const phone = dice.int(0, phones - 1);
  add({ do: 'issue', at, grant: guestGrant({ phone, lock }) });
  const isSlow = dice.chance(0.5);
  const late = { way: 'to-lock', fault: 'held-back' } as const;
  const link = isSlow
    ? {
        mtu: 23,
        latencyMs: 10,
        faults: [4, 6, 8, 10].map((frame) => ({ ...late, frame, by: dice.pick([900, 1700, 1950]) })),
      }
    : { mtu: 247, latencyMs: 10, faults: [{ ...late, frame: 1, by: dice.pick([900, 1900, 3000, 4900]) }] };
  const command = { ...unlock, ttlMs: dice.pick([600, 1000, 2000, 4000, 10_000]) };
  add({ do: 'open', at: at + 1000, phone, lock, grant: 0, command, retries: 0, link });
  if (dice.chance(0.4)) {
    const wire = { lifetimeSeconds: dice.pick([1, 2, 3]), wanMs: 20, retries: 0 };
    add({
      do: 'remote',
      at: at + 15_000,
      lock,
      command: { ...command, intent: 'staff', via: 'remote' },
      ...wire,
      link,
    });
  }
  return at + 30_000;
};

/** Every story, and how often it is told. */
export const drawers: readonly { readonly weight: number; readonly tell: Tell }[] = [
  { weight: 4, tell: guest },
  { weight: 3, tell: nextGuest },
  { weight: 3, tell: remote },
  { weight: 2, tell: visit },
  { weight: 2, tell: replays },
  { weight: 4, tell: abuses },
  { weight: 3, tell: dark },
  { weight: 2, tell: theft },
  { weight: 2, tell: expiry },
  { weight: 2, tell: oldClock },
  { weight: 1, tell: cleaner },
  { weight: 2, tell: trouble },
  { weight: 2, tell: heldBack },
  { weight: 3, tell: revocation },
  { weight: 2, tell: codes },
  { weight: 4, tell: cardOfGuest },
  { weight: 2, tell: nextCard },
  { weight: 3, tell: takenCard },
  { weight: 2, tell: guessing },
  { weight: 3, tell: secondLife },
  { weight: 1, tell: takeover },
  { weight: 1, tell: fullLog },
  { weight: 2, tell: wrongTime },
  { weight: 2, tell: liar },
  { weight: 3, tell: copiedKey },
  { weight: 2, tell: relay },
  { weight: 1, tell: longTheft },
];
