import type { Actor } from '@latchwork/contract';
import type { DirectoryUser, SyncPlan } from '@latchwork/core/directory';
import { tellHealth } from '../directory/health-notice.js';
import type { SyncDesk } from '../directory/sync-desk.js';
import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import type { Projection } from '../store/projection.js';
import { scimMemberName, scimName } from '../store/row-indexes.js';
import type { PushedUserId } from '../store/schema/scim.js';
import type { Row } from '../store/store.js';
import { heldFor, letThrough, type Waiting } from './push-health.js';
import { bindingOf, type PushRefusal, planPush, refusalOf } from './push-planning.js';
import { type PushedResource, pushedRow, requiredName } from './pushed-row.js';
import { ScimError } from './scim-error.js';
import { directoryUserOf, emailKeysOf } from './scim-person.js';
import { foldCase, isSame, type ScimObject } from './scim-value.js';

/** What became of a write: the user as it is now kept, or why an Admin has to look first. */
export type UserOutcome = { readonly row: Row<'scimUser'> } | { readonly refused: PushRefusal };

/** Keeps users as a directory pushes them, and carries over what that means, in the transaction that asks. */
export interface UserDesk {
  /** @throws ScimError when it is refused; then nothing may be written. */
  create(draft: Draft, integration: Integration, resource: ScimObject): UserOutcome;
  /** Links a user who was here before, as the user is. @throws ScimError */
  adopt(draft: Draft, integration: Integration, found: Row<'scimUser'>): UserOutcome;
  /** @throws ScimError */
  change(
    draft: Draft,
    integration: Integration,
    change: { readonly before: Row<'scimUser'>; readonly resource: ScimObject },
  ): UserOutcome;
  /** @throws ScimError */
  remove(draft: Draft, integration: Integration, row: Row<'scimUser'>): UserOutcome;
}

type Integration = Row<'directoryIntegration'>;

/** The directory itself acts: nobody of the organization has asked. */
const actor: Actor = { kind: 'system' };
const longestName = 320;

/** Creates the desk. */
export function createUserDesk(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
  readonly syncs: SyncDesk;
  readonly mails: Pick<MailOutbox, 'notify'>;
}): UserDesk {
  const { projection, identifiers, syncs } = parts;

  /** Carries the plan out, or tells why not; people and resource change together or not at all. */
  const carryOver = (draft: Draft, integration: Integration, { user, plan }: Pushed): PushRefusal | undefined => {
    const refused = refusalOf(plan, user);
    if (refused?.held !== undefined) {
      const held = heldFor(integration, refused.held);
      draft.update('directoryIntegration', held);
      tellHealth(parts, draft, { before: integration, after: held, actor });
      return refused;
    }
    if (refused !== undefined) throw new ScimError(refused.error);
    const after = letThrough(integration, passedBy(user, plan));
    tellHealth(parts, draft, { before: integration, after, actor });
    if (plan.rows.length === 0) {
      if (after !== integration) draft.update('directoryIntegration', after);
      return undefined;
    }
    const by = { kind: 'directory_sync' } as const;
    const bound = bindingOf(integration);
    const outcome = syncs.run(draft, { integration: after, plan, trigger: 'scim', actor, by, bound });
    if (outcome.allow) return undefined;
    throw new ScimError({ status: 409, detail: `The organization does not allow it: ${outcome.refusal.because}.` });
  };

  const push = (draft: Draft, integration: Integration, user: DirectoryUser): Pushed => ({
    user,
    plan: planPush(projection, integration, { user, at: draft.now }),
  });

  const checkName = (integration: Integration, { id, userNameKey }: Row<'scimUser'>): void => {
    const holder = projection.scimUsers.byUnique(scimName(integration.id, 'userName', userNameKey));
    if (holder === undefined || holder.id === id) return;
    throw new ScimError({ status: 409, scimType: 'uniqueness', detail: 'Another user has this userName.' });
  };

  return {
    create: (draft, integration, resource) => {
      const id = identifiers.next('scimUser', draft.now);
      const row = rowOf({
        id,
        integration,
        resource,
        life: { version: 1, createdAt: draft.now, updatedAt: draft.now },
      });
      checkName(integration, row);
      const pushed = push(draft, integration, directoryUserOf(id, resource, undefined));
      if (pushed.plan.rows.some(({ status }) => status !== 'new')) {
        const detail = 'A user of this address is here already; it can be found by userName and changed.';
        throw new ScimError({ status: 409, scimType: 'uniqueness', detail });
      }
      const refused = carryOver(draft, integration, pushed);
      if (refused !== undefined) return { refused };
      draft.insert('scimUser', row);
      return { row };
    },

    adopt: (draft, integration, found) => {
      const { id, resource } = found;
      const user = directoryUserOf(id, resource as ScimObject, undefined);
      const refused = carryOver(draft, integration, push(draft, integration, user));
      if (refused !== undefined) return { refused };
      const row = { ...found, version: 1, createdAt: draft.now, updatedAt: draft.now };
      draft.insert('scimUser', row);
      return { row };
    },

    change: (draft, integration, { before, resource }) => {
      const { id, version, createdAt } = before;
      const row = rowOf({ id, integration, resource, life: { version: version + 1, createdAt, updatedAt: draft.now } });
      checkName(integration, row);
      const user = directoryUserOf(id, resource, before.resource as ScimObject);
      const refused = carryOver(draft, integration, push(draft, integration, user));
      if (refused !== undefined) return { refused };
      if (isSame(before.resource as ScimObject, resource)) return { row: before };
      draft.update('scimUser', row);
      return { row };
    },

    remove: (draft, integration, row) => {
      const refused = carryOver(
        draft,
        integration,
        push(draft, integration, { directoryId: row.id, standing: 'deleted' }),
      );
      if (refused !== undefined) return { refused };
      for (const membership of projection.scimMemberships.group(scimMemberName({ memberId: row.id })))
        draft.delete('scimMembership', membership);
      draft.delete('scimUser', row);
      return { row };
    },
  };
}

interface Pushed {
  readonly user: DirectoryUser;
  readonly plan: SyncPlan;
}

function passedBy({ standing }: DirectoryUser, { rows }: SyncPlan): ReadonlySet<Waiting> {
  const passed = new Set<Waiting>();
  if (standing === 'disabled' || standing === 'deleted') passed.add('removals');
  if (rows.some(({ takes }) => takes > 0)) passed.add('licenses');
  return passed;
}

function rowOf(pushed: PushedResource<PushedUserId>): Row<'scimUser'> {
  const name = requiredName(pushed.resource, 'userName', { longest: longestName, detail: 'A user needs a userName.' });
  return { ...pushedRow(pushed), emailKeys: emailKeysOf(pushed.resource), userNameKey: foldCase(name) };
}
