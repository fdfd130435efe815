import type { Instant, MemberId } from '@latchwork/core';
import type { Ledger } from '../ledger.js';
import type { Projection } from '../store/projection.js';

const minuteMs = 60_000;

/** Remembers when something was last asked in a member's name (G49, G50), and stores it now and then. */
export interface MemberUse {
  note(memberId: MemberId, at: Instant): void;
  /** Writes what has changed by a minute or more; in no member's version, for nobody edited them. */
  record(): Promise<void>;
}

/** Creates the memory. */
export function createMemberUse(parts: { readonly projection: Projection; readonly ledger: Ledger }): MemberUse {
  const { projection, ledger } = parts;
  const seen = new Map<MemberId, Instant>();
  return {
    note: (memberId, at) => seen.set(memberId, at),
    record: async () => {
      if (seen.size === 0) return;
      const noted = [...seen];
      seen.clear();
      await ledger.write((draft) => {
        for (const [memberId, at] of noted) {
          const member = projection.members.get(memberId);
          const lastSeenAt = (at - (at % minuteMs)) as Instant;
          if (member === undefined || (member.lastSeenAt ?? 0) >= lastSeenAt) continue;
          draft.update('member', { ...member, lastSeenAt });
        }
      });
    },
  };
}
