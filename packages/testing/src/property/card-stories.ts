import type { Dice } from './dice.js';
import type { Action, EntryPlan } from './history.js';
import { anyCut, anyFate, anyLink, anyLock, guestGrant, honest, type Story, type Tell, unlock } from './story-parts.js';

type Give = Extract<Action, { do: 'give-card' }>;
type Hold = Extract<Action, { do: 'hold' }>;

const cards = 5;
/** Five cards of five kinds, and one more that proves as the second does. */
const anyCard = (dice: Dice): number => dice.int(0, cards);

function anyTerms({ dice }: Story): EntryPlan {
  const flag = ['staff', 'one-shot', 'hold-open', 'privacy-override', 'no-clock-ok'] as const;
  return {
    startsIn: dice.pick([-60, -60, -60, 600, 86_400]),
    ...(dice.chance(0.7) ? { lasts: dice.pick([120, 3600, 259_200, 2_592_000]) } : {}),
    flags: dice.chance(0.5) ? [dice.pick(flag)] : [],
    ...(dice.chance(0.3) ? { slot: dice.int(1, 2) } : {}),
    ...(dice.chance(0.2)
      ? {
          schedule: [
            { weekdays: dice.int(1, 127), startMinute: 60 * dice.int(0, 23), endMinute: 60 * dice.int(0, 24) },
          ],
        }
      : {}),
  };
}

const guestTerms: EntryPlan = { startsIn: -60, lasts: 259_200, flags: [] };

function anySet(dice: Dice): Give['set'] {
  const minimumClass = dice.pick([0, 0, 0, 1, 2]);
  return { minimumClass, ...(dice.chance(0.25) ? { leaseSeconds: dice.pick([60, 3600, 86_400]) } : {}) };
}

/** Somebody at a reader, who mostly does as one should. */
function anyHold({ dice }: Story, o: Pick<Hold, 'lock' | 'card'> & Partial<Hold>): Omit<Hold, 'at'> {
  return {
    do: 'hold',
    by: dice.pick(['holder', 'holder', 'copy', 'liar'] as const),
    wish: dice.pick(['unlock', 'unlock', 'unlock', 'hold-open'] as const),
    takesMs: dice.pick([20, 80, 300, 1900, 2500]),
    leaves: dice.chance(0.05),
    ...o,
  };
}

function bring(story: Story, o: { readonly at: number; readonly lock: number; readonly trouble?: number }): void {
  const { dice, add, phones } = story;
  const carrier = dice.int(0, phones);
  add({ do: 'visit', at: o.at, ...honest, carrier, lock: o.lock, link: anyLink(dice, o.trouble ?? 0.05) });
}

/** A guest has a card; others hold copies of it, or say that theirs is it. */
export const cardOfGuest: Tell = (story) => {
  const { dice, at, add } = story;
  const lock = anyLock(story);
  const card = anyCard(dice);
  const isNumberOnly = dice.chance(0.2);
  add({ do: 'give-card', at, lock, card, isNumberOnly, terms: anyTerms(story), set: anySet(dice) });
  // The card of another, known by its number too.
  if (dice.chance(0.3))
    add({ do: 'give-card', at: at + 1, lock, card, isNumberOnly: true, terms: guestTerms, set: anySet(dice) });
  if (dice.chance(0.3)) add({ do: 'privacy', at: at + 10, lock, isOn: true });
  bring(story, { at: at + 1000, lock });
  let moment = at + 8000 + dice.pick([0, 0, 700_000]);
  for (let times = dice.int(2, 4); times > 0; times -= 1) {
    const slow = anyHold(story, { lock, card });
    add({ at: moment, ...slow });
    // Another one is held there before the first has answered.
    if (dice.chance(0.2)) {
      const first = anyHold(story, { lock, card, by: 'holder', takesMs: dice.pick([80, 300, 1900]), leaves: false });
      const swapped = {
        lock,
        card: dice.pick([card, card, anyCard(dice)]),
        by: dice.pick(['liar', 'liar', 'holder'] as const),
      };
      add({ at: moment + 3000, ...first });
      add({ at: moment + 3010, ...anyHold(story, { ...swapped, takesMs: 1900, leaves: false }) });
    }
    if (dice.chance(0.2)) {
      const night = { darkMs: dice.pick([300, 1500]), counter: anyFate(dice) };
      add({ do: 'cut', at: moment - 100, lock, cut: anyCut(dice), ...night });
    }
    moment += dice.pick([8000, 8000, 200_000]);
  }
  add({ do: 'privacy', at: moment, lock, isOn: false });
  add({ at: moment + 1000, ...anyHold(story, { lock, card, by: 'holder', wish: 'unlock', takesMs: 50 }) });
  return moment + 8000;
};

/** The next guest's card, or the next guest's phone, ends the card before it, though no set has left that out. */
export const nextCard: Tell = (story) => {
  const { dice, at, add, phones } = story;
  const lock = anyLock(story);
  const slot = dice.int(1, 2);
  const terms = { ...guestTerms, slot };
  const first = anyCard(dice);
  const second = (first + 1) % (cards + 1);
  const set = { minimumClass: 0 };
  const held = { wish: 'unlock', by: 'holder', takesMs: 50, leaves: false } as const;
  add({ do: 'give-card', at, lock, card: first, isNumberOnly: false, terms, set });
  add({ do: 'give-card', at: at + 100, lock, card: second, isNumberOnly: false, terms, set });
  bring(story, { at: at + 1000, lock });
  if (dice.chance(0.5)) add({ at: at + 8000, ...anyHold(story, { lock, card: first, ...held }) });
  if (dice.chance(0.5)) {
    add({ do: 'cut', at: at + 15_900, lock, cut: anyCut(dice), darkMs: 500, counter: 'counts-on' });
  }
  if (dice.chance(0.5)) add({ at: at + 16_000, ...anyHold(story, { lock, card: second, ...held }) });
  else {
    const phone = dice.int(0, phones - 1);
    add({ do: 'issue', at: at + 15_000, grant: guestGrant({ phone, lock, slot }) });
    add({ do: 'open', at: at + 16_000, phone, lock, grant: 0, command: unlock, retries: 2, link: anyLink(dice, 0.1) });
  }
  for (const [number, card] of [first, second, first].entries())
    add({ at: at + 26_000 + 8000 * number, ...anyHold(story, { lock, card, ...held }) });
  return at + 55_000;
};

/** A card is lost: its word goes out, and whoever has found it tries. */
export const takenCard: Tell = (story) => {
  const { dice, at, add } = story;
  const lock = anyLock(story);
  const card = anyCard(dice);
  const held = { wish: 'unlock', by: 'holder', takesMs: 50, leaves: false } as const;
  add({ do: 'give-card', at, lock, card, isNumberOnly: false, terms: guestTerms, set: { minimumClass: 0 } });
  bring(story, { at: at + 1000, lock });
  add({ at: at + 8000, ...anyHold(story, { lock, card, ...held }) });
  add({ do: 'take-card', at: at + 15_000, lock, card, how: dice.pick(['denied', 'denied', 'left-out'] as const) });
  if (dice.chance(0.3)) add({ do: 'cut', at: at + 15_900, lock, cut: anyCut(dice), darkMs: 500, counter: 'counts-on' });
  bring(story, { at: at + 16_000, lock, trouble: 0.2 });
  if (dice.chance(0.5)) bring(story, { at: at + 24_000, lock });
  if (dice.chance(0.3)) add({ do: 'cut', at: at + 31_000, lock, cut: 'now', darkMs: 800, counter: 'counts-on' });
  for (const number of [0, 1]) add({ at: at + 33_000 + 8000 * number, ...anyHold(story, { lock, card, ...held }) });
  return at + 50_000;
};

/** Somebody guesses codes, and power cuts and the right code buy them no more of it. */
export const guessing: Tell = (story) => {
  const { dice, at, add } = story;
  const lock = anyLock(story);
  add({ do: 'codes', at, lock, change: 'add' });
  bring(story, { at: at + 1000, lock });
  const began = at + 8000 + dice.pick([0, 8_000_000]);
  if (dice.chance(0.3)) {
    // Whoever has a code of their own types it between their guesses at those of others.
    let moment = began;
    for (let times = dice.int(2, 3); times > 0; times -= 1) {
      add({ do: 'guess', at: moment, lock, count: dice.int(2, 4) });
      add({ do: 'type', at: moment + 4000, lock, code: 0 });
      moment += 12_000;
    }
    return moment;
  }
  add({ do: 'guess', at: began, lock, count: dice.int(3, 8) });
  if (dice.chance(0.4))
    add({ do: 'cut', at: began + 2000, lock, cut: 'now', darkMs: dice.pick([300, 1500]), counter: 'counts-on' });
  if (dice.chance(0.4)) add({ do: 'guess', at: began + 5000, lock, count: dice.int(1, 4) });
  add({ do: 'type', at: began + 8000, lock, code: 0 });
  if (dice.chance(0.5)) add({ do: 'guess', at: began + 20_000, lock, count: dice.int(3, 6) });
  add({ do: 'type', at: began + 30_000 + dice.pick([0, 920_000]), lock, code: 0 });
  return began + 1_000_000;
};
