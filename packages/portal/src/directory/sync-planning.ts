import { createHash } from 'node:crypto';
import type { Actor, RouteRequest, Routes } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import {
  type DirectorySnapshot,
  defaultSignInMethod,
  planSync,
  type SelectedPlan,
  type SyncPlan,
  type SyncPolicy,
  selectRows,
} from '@latchwork/core/directory';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { directoryStateOf } from './directory-state-view.js';

/** What a person chose of a review. */
export type SyncChoice = RouteRequest<Routes['planDirectorySync']>['body'];

/** A choice of everybody, as an automatic run makes it. */
export const everybody: SyncChoice = { select: { rows: 'all', except: [] }, decisions: [] };

/** Whether a choice leaves nobody out (S35). */
export function isEverybody({ select }: SyncChoice): boolean {
  return select.rows === 'all' && select.except.length === 0;
}

/** What a plan is made from. */
export interface PlanBasis {
  readonly snapshot: DirectorySnapshot;
  readonly choice: SyncChoice;
  readonly at: Instant;
  /** Who would carry it out. */
  readonly by: Actor;
}

/** A plan of everybody, and of those who were chosen. */
export interface Planned {
  readonly full: SyncPlan;
  readonly chosen: SelectedPlan;
}

/** How an organization wants a directory carried over, with what was chosen for this once. */
export function policyOf(
  { kind, guests, ownDomains, signInMethod }: Row<'directoryIntegration'>,
  { plan }: Pick<Row<'organization'>, 'plan'>,
  choice: Pick<SyncChoice, 'signInMethod' | 'decisions'> = everybody,
): SyncPolicy {
  return {
    guests,
    ownDomains,
    signInMethod: choice.signInMethod ?? signInMethod ?? defaultSignInMethod(kind, plan),
    decisions: new Map(choice.decisions.map(({ rowId, as }) => [rowId, as])),
  };
}

/** Plans on the present state. */
export function planOf(
  projection: Projection,
  integration: Row<'directoryIntegration'>,
  { snapshot, choice, at, by }: PlanBasis,
): Planned {
  const organization = projection.organizations.get(integration.organizationId);
  if (organization === undefined) throw new Error(`Organization ${integration.organizationId} does not exist.`);
  const policy = policyOf(integration, organization, choice);
  const state = directoryStateOf(projection, integration, at);
  const acting = by.kind === 'member' || by.kind === 'api-key' ? by.memberId : undefined;
  const full = planSync({ snapshot, state, policy, at, digest, acting });
  // Naming ten thousand rows a second time takes as long as planning them.
  if (isEverybody(choice)) return { full, chosen: { allow: true, plan: full, alsoChosen: [] } };
  return { full, chosen: selectRows(full, choice.select, digest) };
}

/** The digest that names plans. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
