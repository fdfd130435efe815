import { createProblem } from '@latchwork/contract';
import type { CredentialId } from '@latchwork/core';
import type { Draft, Ledger } from '../ledger.js';
import { notByDriver } from '../locks/driven-lock.js';
import type { Projection } from '../store/projection.js';
import type { CredentialIssue } from '../store/schema/credentials.js';
import type { Row } from '../store/store.js';
import { doorsOf } from './credential-doors.js';
import { endCredential, takeBack } from './credential-record.js';

/** Most cards of one Key that have not ended: one, and ten copies. */
export const mostCards = 11;

/** A lock has a floor for each of so many, 0 being left out (packages/lock-protocol/SPEC.md §5.12). */
const mostIssueSlots = 255;

/** A new credential and the one whose place it is to take. */
export interface Succession {
  readonly former: Row<'credential'>;
  /** Of the new one; the former's is one less. `null`: too many are replaced at once, so that locks learn it from their set alone. */
  readonly issue: CredentialIssue | null;
}

/** What a credential that is being made is to replace, or why it cannot. */
export function decideSuccession(
  { projection, draft }: { readonly projection: Projection; readonly draft: Draft },
  key: Row<'accessKey'>,
  replacesId: CredentialId,
): Succession | { readonly problem: ReturnType<typeof createProblem> } {
  const former = projection.credentials.get(replacesId);
  const formerKey = former && projection.accessKeys.get(former.keyId);
  const all = projection.credentials.group(key.propertyId);
  const isReplaced = all.some((other) => other.replacesId === replacesId && other.removedAt === null);
  const isFit =
    former?.kind === 'key_card' &&
    former.removedAt === null &&
    former.propertyId === key.propertyId &&
    formerKey?.holderId === key.holderId &&
    !isReplaced;
  if (!isFit) return { problem: createProblem('credential-not-replaceable', {}) };
  const live = new Set(
    all.flatMap(({ issue, removedAt }) => (issue !== null && removedAt === null ? [issue.slot] : [])),
  );
  const highest = all.reduce((most, { issue }) => Math.max(most, issue?.number ?? 0), 0);
  const number = Math.max(Math.floor(draft.now / 1000), highest + 2);
  const slot = former.issue?.slot ?? firstFree(live);
  return { former, issue: slot === undefined ? null : { slot, number } };
}

function firstFree(taken: ReadonlySet<number>): number | undefined {
  for (let slot = 1; slot <= mostIssueSlots; slot += 1) if (!taken.has(slot)) return slot;
  return undefined;
}

/** Writes down that a credential is being replaced: from now on it is of the issue before. It opens until the new one is confirmed. */
export function recordFormer(draft: Draft, { former, issue }: Succession): void {
  if (former.issue !== null || issue === null) return;
  draft.update('credential', { ...former, issue: { slot: issue.slot, number: issue.number - 1 } });
}

/**
 * Ends what was replaced, as soon as its successor opens every one of its doors: nobody stands before a shut door meanwhile (P-10).
 *
 * @returns whether there was any.
 */
export async function endReplaced({
  projection,
  ledger,
}: {
  readonly projection: Projection;
  readonly ledger: Pick<Ledger, 'write'>;
}): Promise<boolean> {
  const due = (now: Draft['now']) =>
    projection.credentials.all().flatMap((credential) => {
      const former = credential.replacesId === null ? undefined : projection.credentials.get(credential.replacesId);
      if (former === undefined || former.removedAt !== null || credential.removedAt !== null) return [];
      const doors = doorsOf(projection, credential, now).filter(
        ({ deviceId, cause }) => deviceId !== null && cause !== notByDriver,
      );
      const isThere = doors.length > 0 && doors.every(({ state }) => state === 'provisioned');
      return isThere ? [{ credential, former }] : [];
    });
  const hasSuccessor = projection.credentials.all().some(({ replacesId, removedAt }) => {
    return replacesId !== null && removedAt === null && projection.credentials.get(replacesId)?.removedAt === null;
  });
  if (!hasSuccessor) return false;
  return await ledger.write((draft) => {
    const all = due(draft.now);
    for (const { credential, former } of all) {
      const property = projection.properties.get(former.propertyId);
      if (property === undefined) continue;
      const { organizationId } = property;
      const record = { projection, draft, organizationId, actor: { kind: 'system' } as const };
      // Of a card that goes on with its successor nothing comes back into the stock.
      if (former.cardId === credential.cardId) endCredential(record, former);
      else takeBack(record, former);
    }
    return all.length > 0;
  });
}
