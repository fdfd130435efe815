import { isInvitationOver } from '../people/inviting.js';
import { holdsLicense } from '../people/member-place.js';
import { type AddressWish, struckWishes } from './address-moves.js';
import { leaveToPerson, type PlanDraft } from './plan-draft.js';
import type { MatchRequest } from './user-match.js';

/** Grants the wishes for addresses that can be granted together, says which needs which, and leaves the rest to a person. */
export function planAddresses(request: MatchRequest, draft: PlanDraft): void {
  const { state } = request;
  const wishes = [...draft.wishes].map(([rowId, emailKey]) => wishOf(request, rowId, emailKey));
  const freeing = new Set<string>();
  for (const row of draft.rows.values())
    if (row.status === 'removed' && row.ending === 'removed') freeing.add(row.rowId);
  const struck = struckWishes(wishes, freeing);
  for (const { rowId, holder, frees } of wishes) {
    const row = draft.rows.get(rowId);
    if (row === undefined) continue;
    if (struck.has(rowId)) {
      const held = state.people.memberByEmail(draft.wishes.get(rowId) ?? '');
      const memberId = row.status === 'new' ? (held?.memberId ?? null) : row.memberId;
      leaveToPerson(draft, rowId, { because: 'email-held-by-other', memberId });
      continue;
    }
    if (typeof holder === 'object') draft.rows.set(rowId, { ...row, needs: [holder.rowId] });
    else if (frees > 0) draft.rows.set(rowId, { ...row, frees: row.frees + frees });
  }
}

function wishOf(request: MatchRequest, rowId: string, emailKey: string): AddressWish & { readonly frees: number } {
  const { state } = request;
  const held = state.people.memberByEmail(emailKey);
  if (held === undefined) return { rowId, holder: 'nobody', frees: 0 };
  const link = state.linkOf(held.memberId);
  if (link !== undefined) return { rowId, holder: { rowId: link.directoryId }, frees: 0 };
  // An invitation that nobody can accept any more ends when its address is taken (P-23).
  const over = !state.isLinkedElsewhere(held.memberId) && isInvitationOver(state.people, request, held);
  return over
    ? { rowId, holder: 'nobody', frees: holdsLicense(held) ? 1 : 0 }
    : { rowId, holder: 'somebody', frees: 0 };
}
