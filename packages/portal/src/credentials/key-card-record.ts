import type { Event } from '@latchwork/contract';
import type { MemberPrincipal } from '../access/principal.js';
import type { Draft } from '../ledger.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';

/** Tells of a card in the feed and in the audit: by its id alone, never what it says of itself. */
export function tellKeyCard(
  draft: Draft,
  card: Row<'keyCard'>,
  { type, caller }: { readonly type: Extract<Event['type'], `key_card.${string}`>; readonly caller: MemberPrincipal },
): void {
  const { id: keyCardId, propertyId } = card;
  const fact = { propertyId, actor: caller.actor };
  draft.event({ type, occurredAt: timestampOf(draft.now), ...fact, keyCardId });
  draft.audit(caller.member.organizationId, { action: type, ...fact, subject: { keyCardId } });
}
