import type { GrantFlag, GrantSchedule, LockAction, Right, SetEntryFlag, UnlockIntent } from '@latchwork/lock-protocol';
import type { PowerCut } from './door.js';
import type { CounterFate } from './door-clock.js';
import type { LinkPlan } from './radio-link.js';

/** A grant that the property hands to a phone; times in seconds from the moment it is issued. */
export interface GrantPlan {
  readonly phone: number;
  readonly locks: readonly number[];
  readonly startsIn: number;
  readonly lasts: number;
  readonly rights: readonly Right[];
  readonly flags: readonly GrantFlag[];
  readonly slot?: number;
  /** Whether it ends the older ones of its slot, or is a copy of the newest. */
  readonly isNewIssue: boolean;
  readonly schedule?: GrantSchedule['windows'];
}

/** What the entry of a card says; times in seconds from the moment it is made. */
export interface EntryPlan {
  readonly startsIn: number;
  /** Left out: as long as the set has it. */
  readonly lasts?: number;
  readonly flags: readonly SetEntryFlag[];
  readonly slot?: number;
  readonly schedule?: GrantSchedule['windows'];
}

/** How a person words a command. */
export interface CommandPlan {
  readonly action: LockAction;
  readonly intent: UnlockIntent;
  readonly via: 'local' | 'remote';
  readonly ttlMs: number;
}

/** Whose key an attacker makes its own: a gateway's with root on it, or one of the phones. */
export type Presenter = { readonly key: 'gateway' } | { readonly key: 'phone'; readonly phone: number };

/** What an attacker shows: something that exists, something it signs with a key it has stolen or made, or nothing. */
export type Shown =
  | { readonly from: 'grants' | 'tokens'; readonly pick: number }
  | {
      readonly from: 'forge';
      readonly kind: 'grant' | 'token';
      readonly signer: 'other-root' | 'other-property' | 'other-use' | 'stolen' | 'backdated' | 'misdated' | 'tampered';
    }
  /** The property is asked for a token on this connection, for a lock and an action that somebody wants just now. */
  | { readonly from: 'asked'; readonly lock: number; readonly action: LockAction }
  | { readonly from: 'nothing' };

/** What is done at one moment. Numbers of things that are not there yet count around: so parts can be left out. */
export type Action = { readonly at: number } & (
  | { readonly do: 'issue'; readonly grant: GrantPlan }
  | {
      readonly do: 'open';
      readonly phone: number;
      readonly lock: number;
      /** Which of the phone's grants for that lock, from the newest. */
      readonly grant: number;
      readonly command: CommandPlan;
      readonly retries: number;
      readonly link: LinkPlan;
    }
  | {
      readonly do: 'remote';
      readonly lock: number;
      readonly command: CommandPlan;
      readonly lifetimeSeconds: number;
      readonly wanMs: number;
      readonly retries: number;
      readonly link: LinkPlan;
    }
  | {
      readonly do: 'visit';
      /** 0 is the gateway, others are staff. */
      readonly carrier: number;
      readonly lock: number;
      readonly timeHeldMs: number;
      readonly isTold: boolean;
      readonly acknowledges: boolean;
      readonly behind: number;
      readonly isEmptyHanded: boolean;
      readonly link: LinkPlan;
    }
  | {
      readonly do: 'cut';
      readonly lock: number;
      readonly cut: PowerCut | 'now';
      readonly darkMs: number;
      readonly counter: CounterFate;
    }
  | { readonly do: 'jam' | 'privacy'; readonly lock: number; readonly isOn: boolean }
  | { readonly do: 'raise-epoch' }
  /** The newest grants but so many are revoked; or whatever of its slot was issued so far. */
  | { readonly do: 'revoke'; readonly grant: number; readonly isSlot: boolean }
  /** Somebody inside resets the lock to the factory state. */
  | { readonly do: 'reset'; readonly lock: number }
  /** The property takes a lock back; its staff may have the right to, and be inside. */
  | {
      readonly do: 'decommission';
      readonly lock: number;
      readonly phone: number;
      readonly isInside: boolean;
      readonly hasRight: boolean;
      readonly link: LinkPlan;
    }
  /** Somebody wants to make a lock their property's: its installer, or who has not the secret of its label. */
  | {
      readonly do: 'commission';
      readonly lock: number;
      readonly isInside: boolean;
      readonly who: 'installer' | 'stranger' | 'with-old-order' | 'with-order-of-another' | 'takes-over';
      readonly tries: number;
      readonly link: LinkPlan;
    }
  /** The housing is opened so many times, and the log says so each time: until it is full. */
  | { readonly do: 'shake'; readonly lock: number; readonly times: number }
  /** A card is written into the set of a lock; flags and hours are of its entry, class and lease of the whole set. */
  | {
      readonly do: 'give-card';
      readonly lock: number;
      readonly card: number;
      readonly isNumberOnly: boolean;
      readonly terms: EntryPlan;
      readonly set: { readonly minimumClass: number; readonly leaseSeconds?: number };
    }
  | { readonly do: 'take-card'; readonly lock: number; readonly card: number; readonly how: 'denied' | 'left-out' }
  | {
      readonly do: 'hold';
      readonly lock: number;
      readonly card: number;
      /** A copy has the number and says so; a liar says that it is the card, and has no secret of it. */
      readonly by: 'holder' | 'copy' | 'liar';
      readonly wish: 'unlock' | 'hold-open';
      readonly takesMs: number;
      readonly leaves: boolean;
    }
  /** Somebody types so many codes that nobody has. */
  | { readonly do: 'guess'; readonly lock: number; readonly count: number }
  /** A door code is added to a lock, or the oldest taken away. */
  | { readonly do: 'codes'; readonly lock: number; readonly change: 'add' | 'remove' }
  /** Somebody types a door code that the lock has or had. */
  | { readonly do: 'type'; readonly lock: number; readonly code: number }
  | {
      readonly do: 'tell';
      readonly lock: number;
      readonly token: 'old' | 'other-lock' | 'held-back';
      readonly heldMs: number;
      readonly link: LinkPlan;
    }
  | { readonly do: 'outage'; readonly of: 'wan' | 'gateway' | 'radio'; readonly lock: number; readonly ms: number }
  | {
      readonly do: 'replay';
      readonly recording: number;
      /** Undefined: the lock it was recorded at. */
      readonly lock: number | undefined;
      readonly skip: number;
      readonly gapMs: number;
      readonly link: LinkPlan;
    }
  | {
      readonly do: 'abuse';
      readonly lock: number;
      readonly presenter: Presenter;
      readonly shown: Shown;
      /** Whether the command id is one that was used with what is shown, or the newest at all, or a new one. */
      readonly commandId: 'its' | 'newest' | 'new';
      readonly command: CommandPlan;
      /** Between message 2 and the command. */
      readonly heldMs: number;
      /** Further commands in the same session. */
      readonly again: readonly { readonly afterMs: number; readonly quotes: 'last' | 'older' | 'nothing' }[];
      readonly link: LinkPlan;
    }
);

/** Everything that decides how a world goes. */
export interface History {
  readonly seed: number;
  readonly locks: number;
  readonly phones: number;
  /** In the order of their moments. */
  readonly actions: readonly Action[];
}
