import type { Action, Instant, MemberId, PropertyId } from '@latchwork/core';
import type { AccessUse } from '@latchwork/core/people';
import type { Ledger } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { ActionUse } from '../store/schema/people.js';
import type { Row } from '../store/store.js';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** For how long an action counts as used, when a smaller role is thought of (G48). */
const usedForMs = 90 * dayMs;

/** An action that was permitted to somebody; the property where it has one. */
export interface UsedAction {
  readonly action: Action;
  readonly propertyId: PropertyId | null;
}

/** Remembers when something was last asked in a member's name, and by which permission (G48–G50); stores it now and then. */
export interface MemberUse {
  note(memberId: MemberId, at: Instant, used?: UsedAction): void;
  /** Writes what is new to the minute, or by an action to the day. No edit, so in no version of the member. */
  record(): Promise<void>;
}

interface Noted {
  readonly at: Instant;
  readonly actions: ReadonlyMap<string, UsedAction>;
}

/** Creates the memory. */
export function createMemberUse(parts: { readonly projection: Projection; readonly ledger: Ledger }): MemberUse {
  const { projection, ledger } = parts;
  const seen = new Map<MemberId, { at: Instant; readonly actions: Map<string, UsedAction> }>();
  return {
    note: (memberId, at, used) => {
      const noted = seen.get(memberId) ?? { at, actions: new Map() };
      noted.at = at;
      if (used !== undefined) noted.actions.set(nameOf(used), used);
      seen.set(memberId, noted);
    },
    record: async () => {
      if (seen.size === 0) return;
      const all = [...seen];
      seen.clear();
      await ledger.write((draft) => {
        for (const [memberId, noted] of all) {
          const member = projection.members.get(memberId);
          const next = member && recorded(member, noted);
          if (next !== undefined) draft.update('member', next);
        }
      });
    },
  };
}

/** What a member did lately, as a review of access wants it. */
export function usedActionsOf(member: Row<'member'> | undefined, now: Instant): AccessUse['actions'] {
  return (member?.actionsUsed ?? []).filter(({ lastAt }) => now - lastAt < usedForMs);
}

/** The row with what was noted; `undefined` when it says so already. */
function recorded(member: Row<'member'>, { at, actions }: Noted): Row<'member'> | undefined {
  const lastSeenAt = Math.max(member.lastSeenAt ?? 0, at - (at % minuteMs)) as Instant;
  const today = (at - (at % dayMs)) as Instant;
  const known = new Map(member.actionsUsed.map((use): [string, ActionUse] => [nameOf(use), use]));
  const fresh = [...actions.values()].filter((used) => (known.get(nameOf(used))?.lastAt ?? 0) < today);
  if (lastSeenAt === member.lastSeenAt && fresh.length === 0) return undefined;
  for (const used of fresh) known.set(nameOf(used), { ...used, lastAt: today });
  const actionsUsed = [...known.values()].filter(({ lastAt }) => at - lastAt < usedForMs);
  return { ...member, lastSeenAt, actionsUsed };
}

function nameOf({ action, propertyId }: UsedAction): string {
  return `${action}/${propertyId ?? ''}`;
}
