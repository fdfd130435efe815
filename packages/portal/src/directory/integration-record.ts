import type { Actor } from '@latchwork/contract';
import type { AuditDraft, Draft } from '../ledger.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';

/** What happens to an integration by somebody's hand. */
export type IntegrationStep = 'created' | 'updated' | 'authorized' | 'removed';

/** Tells of a step of an integration, and puts it into the audit; never a credential. */
export function recordIntegration(
  draft: Draft,
  { id: integrationId, organizationId, kind }: Pick<Row<'directoryIntegration'>, 'id' | 'organizationId' | 'kind'>,
  step: { readonly type: IntegrationStep; readonly actor: Actor; readonly subject?: AuditDraft['subject'] },
): void {
  const { actor, subject = {} } = step;
  const type = `directory_integration.${step.type}` as const;
  draft.event({ type, occurredAt: timestampOf(draft.now), organizationId, actor, integrationId });
  draft.audit(organizationId, { action: type, actor, subject: { integrationId, kind, ...subject } });
}

/** Tells how automatic sync fares from now on. */
export function recordHealth(draft: Draft, integration: Row<'directoryIntegration'>, actor: Actor): void {
  const { id: integrationId, organizationId, health, heldBecause } = integration;
  const at = { occurredAt: timestampOf(draft.now), organizationId, actor, integrationId };
  draft.event({ type: 'directory_integration.health_changed', ...at, health, held: [...heldBecause] });
}

/**
 * Notes that a directory does not let the portal in any more (S21, case 43): it is not asked again until somebody has
 * authorized it anew. Nobody is removed for it.
 */
export function noteLockOut(draft: Draft, integration: Row<'directoryIntegration'>, actor: Actor): void {
  if (integration.state !== 'authorized') return;
  const { version, health } = integration;
  const revoked = {
    ...integration,
    state: 'revoked',
    health: 'needs_reauthorization',
    heldBecause: [],
    version: version + 1,
  } as const;
  draft.update('directoryIntegration', revoked);
  if (health !== revoked.health) recordHealth(draft, revoked, actor);
}
