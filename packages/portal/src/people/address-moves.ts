import type { AccountId, MemberId } from '@latchwork/core';
import type { Draft } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';

/** A member before and after a command. */
interface Moved {
  readonly before: Row<'member'>;
  readonly after: Row<'member'>;
}

/**
 * Lets go of the addresses that others of the same command may take: two swap, three rotate. An address is one member's
 * at every moment, in the database too, so everybody who moves first stands at an address that nobody can have.
 */
export function parkAddresses(draft: Draft, moves: readonly Moved[]): void {
  for (const { before } of moves) draft.update('member', { ...before, emailKey: parked(before.id) });
}

/** Whether a member's address becomes another one. */
export function isMove({ before, after }: Moved): boolean {
  return before.emailKey !== after.emailKey;
}

/**
 * Lets people sign in with the address that their directory gives them from now on. Only who has the account for this
 * membership alone, by the address that changes: elsewhere another organization's word about the person counts, and an
 * account at the new address is somebody's own.
 */
export function moveAccounts(draft: Draft, projection: Projection, moves: readonly Moved[]): void {
  const wished = new Map<AccountId, { readonly account: Row<'account'>; readonly after: Row<'member'> }>();
  for (const { before, after } of moves) {
    const account = before.accountId === null ? undefined : projection.accounts.get(before.accountId);
    if (account?.emailKey !== before.emailKey || after.state === 'removed') continue;
    const livesElsewhere = projection.members
      .group(account.id)
      .some(({ id, state }) => id !== before.id && state !== 'removed');
    if (!livesElsewhere) wished.set(account.id, { account, after });
  }
  // Whoever stays, or is kept from moving, keeps others from the address.
  for (let struck = true; struck; ) {
    struck = false;
    for (const [accountId, { after }] of wished) {
      const holder = projection.accounts.byUnique(after.emailKey);
      if (holder === undefined || holder.id === accountId || wished.has(holder.id)) continue;
      wished.delete(accountId);
      struck = true;
    }
  }
  for (const { account } of wished.values()) draft.update('account', { ...account, emailKey: parked(account.id) });
  for (const { account, after } of wished.values()) {
    draft.update('account', { ...account, email: after.email, emailKey: after.emailKey });
  }
}

/** No address begins with a space. */
function parked(id: MemberId | AccountId): string {
  return ` ${id}`;
}
