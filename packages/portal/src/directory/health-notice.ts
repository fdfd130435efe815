import type { Actor } from '@latchwork/contract';
import { planAllowsMethod } from '@latchwork/core/people';
import type { Draft } from '../ledger.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import { canSignIn } from '../people/people-view.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { isNews } from './health.js';
import { recordHealth } from './integration-record.js';

/**
 * Tells, once for each change, how automatic sync fares from now on: an event, and a mail to every Admin who can sign in
 * and do something about it. Nobody of the directory is named.
 */
export function tellHealth(
  parts: { readonly projection: Projection; readonly mails: Pick<MailOutbox, 'notify'> },
  draft: Draft,
  change: {
    readonly before: Row<'directoryIntegration'>;
    readonly after: Row<'directoryIntegration'>;
    readonly actor: Actor;
  },
): void {
  const { before, after, actor } = change;
  if (!isNews(before, after)) return;
  recordHealth(draft, after, actor);
  const { kind: directory, health, heldBecause } = after;
  for (const admin of adminsOf(parts.projection, after)) {
    parts.mails.notify(draft, admin, { directory, health, heldBecause });
  }
}

function adminsOf(projection: Projection, { organizationId }: Row<'directoryIntegration'>): readonly Row<'member'>[] {
  const plan = projection.organizations.get(organizationId)?.plan;
  if (plan === undefined) return [];
  return projection.members
    .group(organizationId)
    .filter(
      (member) =>
        member.workplaceRole === 'admin' &&
        member.state === 'active' &&
        planAllowsMethod(plan, member.signInMethod) &&
        canSignIn(projection, member),
    );
}
