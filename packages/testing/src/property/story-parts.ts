import type { Right } from '@latchwork/lock-protocol';
import type { Dice } from './dice.js';
import type { PowerCut } from './door.js';
import type { CounterFate } from './door-clock.js';
import type { Action, CommandPlan, GrantPlan, Shown } from './history.js';
import type { FrameFault, LinkPlan } from './radio-link.js';

/** What a story is told with. */
export interface Story {
  readonly dice: Dice;
  /** When it begins. */
  readonly at: number;
  readonly locks: number;
  readonly phones: number;
  readonly add: (action: Action) => void;
}

/** A story adds its actions and says when it is over. */
export type Tell = (story: Story) => number;

/** A visit by somebody who does what they should. */
export const honest = { timeHeldMs: 0, isTold: true, acknowledges: true, behind: 0, isEmptyHanded: false };

const guestRights: readonly Right[] = ['unlock', 'local'];
const masks: readonly (readonly Right[])[] = [
  guestRights,
  guestRights,
  ['unlock', 'lock', 'local'],
  ['unlock', 'lock', 'hold-open', 'local', 'remote'],
  ['unlock', 'remote', 'local'],
  ['unlock', 'remote'],
  ['lock', 'local'],
  ['status', 'log', 'local'],
  ['unlock', 'local', 'privacy-override'],
];

/** One lock or another. */
export const anyLock = ({ dice, locks }: Story): number => dice.int(0, locks - 1);

/** A connection, which the radio treats well more often than not. */
export function anyLink(dice: Dice, trouble = 0.3): LinkPlan {
  const faults: FrameFault[] = [];
  while (dice.chance(trouble) && faults.length < 3) {
    faults.push({
      way: dice.pick(['to-lock', 'to-lock', 'to-caller'] as const),
      frame: dice.int(0, 5),
      fault: dice.pick(['lost', 'doubled', 'flipped', 'held-back', 'held-back', 'overtaken', 'link-lost'] as const),
      by: dice.pick([3, 40, 900, 1900, 2600, 4800, 5200, 6500]),
    });
  }
  return { mtu: dice.pick([23, 185, 247, 247, 517]), latencyMs: dice.pick([5, 10, 30]), faults };
}

/** What a person wants of a door. */
export function anyCommand(dice: Dice): CommandPlan {
  return {
    action: dice.pick(['unlock', 'unlock', 'unlock', 'lock', 'hold-open'] as const),
    intent: dice.pick(['tap', 'tap', 'biometric', 'staff'] as const),
    via: dice.pick(['local', 'local', 'local', 'remote'] as const),
    ttlMs: dice.pick([800, 2000, 4000, 10_000, 30_000]),
  };
}

/** A guest who wants in. */
export const unlock: CommandPlan = { action: 'unlock', intent: 'tap', via: 'local', ttlMs: 8000 };

/** A grant for a phone at a lock, and maybe at others. */
export function anyGrant({ dice, locks }: Story, phone: number, lock: number): GrantPlan {
  const others = Array.from({ length: locks }, (_, number) => number).filter(
    (other) => other !== lock && dice.chance(0.25),
  );
  const isScheduled = dice.chance(0.2);
  return {
    ...{ phone, locks: [lock, ...others], startsIn: dice.pick([0, 0, 0, 0, 600, 86_400]) },
    lasts: dice.pick([120, 3600, 86_400, 259_200, 2_592_000]),
    rights: dice.pick(masks),
    flags: dice.chance(0.25) ? [dice.pick(['user-verify', 'one-shot', 'no-clock-ok'] as const)] : [],
    ...(dice.chance(0.6) ? { slot: dice.int(1, 2) } : {}),
    isNewIssue: dice.chance(0.8),
    ...(isScheduled
      ? {
          schedule: [
            { weekdays: dice.int(1, 127), startMinute: 60 * dice.int(0, 23), endMinute: 60 * dice.int(0, 24) },
          ],
        }
      : {}),
  };
}

/** An ordinary guest's grant: so a story gets to its point. */
export function guestGrant(o: Pick<GrantPlan, 'phone'> & Partial<GrantPlan> & { readonly lock: number }): GrantPlan {
  const { lock, ...rest } = o;
  return { locks: [lock], startsIn: -60, lasts: 259_200, rights: guestRights, flags: [], isNewIssue: true, ...rest };
}

/** When and how the power fails. */
export function anyCut(dice: Dice): PowerCut | 'now' {
  const kind = dice.int(0, 3);
  if (kind === 0) return 'now';
  if (kind === 1) return { at: 'before-bolt' };
  return kind === 2 ? { at: 'after-bolt' } : { bytes: dice.int(0, 3000) };
}

/** What the counter of seconds does while it is dark: mostly what it should. */
export function anyFate(dice: Dice): CounterFate {
  return dice.pick(['counts-on', 'counts-on', 'begins-anew', 'begins-anew', 'stands-still'] as const);
}

/** What an attacker might show. */
export function anyShown(dice: Dice): Shown {
  const from = dice.pick(['grants', 'grants', 'grants', 'tokens', 'asked', 'forge', 'forge', 'nothing'] as const);
  if (from === 'nothing') return { from };
  if (from === 'asked') return { from, lock: dice.int(0, 2), action: dice.pick(['unlock', 'unlock', 'lock'] as const) };
  if (from !== 'forge') return { from, pick: dice.int(0, 5) };
  const signer = dice.pick(['other-root', 'other-property', 'other-use', 'stolen', 'misdated', 'tampered'] as const);
  return { from, kind: dice.pick(['grant', 'token'] as const), signer };
}
