import { type Instant, isId, type MemberId } from '@latchwork/core';
import { isEmailKey, toEmailKey } from '@latchwork/core/people';
import type { Projection } from '../store/projection.js';
import { memberName, scimName } from '../store/row-indexes.js';
import type { PushedUserId } from '../store/schema/scim.js';
import type { Row } from '../store/store.js';
import { planPush } from './push-planning.js';
import { matches, type ScimFilter, wantedEmail, wantedText } from './scim-filter.js';
import { directoryUserOf, emailKeysOf } from './scim-person.js';
import { foldCase, type ScimObject } from './scim-value.js';

/** Where users of a directory that pushes are looked for. */
export interface FindingParts {
  readonly projection: Projection;
  readonly integration: Row<'directoryIntegration'>;
  readonly at: Instant;
}

/** The user of that id: pushed, or here before and free to be taken over. */
export function userOf(parts: FindingParts, id: string): Row<'scimUser'> | undefined {
  const row = parts.projection.scimUsers.get(id as PushedUserId);
  if (row !== undefined) return row.integrationId === parts.integration.id ? row : undefined;
  return isId('member', id) ? adoptable(parts, id) : undefined;
}

/** The users that a filter asks for, by id; all of the pushed ones without one. */
export function findUsers(parts: FindingParts, filter: ScimFilter | undefined): readonly Row<'scimUser'>[] {
  const { projection, integration } = parts;
  if (filter === undefined) return projection.scimUsers.group(integration.id);
  const found = candidates(parts, filter).filter((row) =>
    matches({ ...(row.resource as ScimObject), id: row.id }, filter),
  );
  return found;
}

/** What an index knows of a filter, or everybody. */
function candidates(parts: FindingParts, filter: ScimFilter): readonly Row<'scimUser'>[] {
  const { projection, integration } = parts;
  const { scimUsers } = projection;
  const id = wantedText(filter, 'id');
  if (id !== undefined) return oneOrNone(userOf(parts, id));
  const userName = wantedText(filter, 'userName');
  if (userName !== undefined) {
    const pushed = scimUsers.byUnique(scimName(integration.id, 'userName', foldCase(userName)));
    return oneOrNone(pushed ?? adoptableAt(parts, userName));
  }
  const externalId = wantedText(filter, 'externalId');
  if (externalId !== undefined) return scimUsers.group(scimName(integration.id, 'externalId', externalId));
  const email = wantedEmail(filter);
  if (email === undefined) return scimUsers.group(integration.id);
  const byEmail = scimUsers.group(scimName(integration.id, 'email', foldCase(email)));
  const byMany = scimUsers.group(scimName(integration.id, 'manyEmails', ''));
  const pushed = [...byEmail, ...byMany.filter((row) => !byEmail.includes(row))];
  return pushed.length > 0 ? pushed : oneOrNone(adoptableAt(parts, email));
}

function oneOrNone<Item>(item: Item | undefined): readonly Item[] {
  return item === undefined ? [] : [item];
}

function adoptableAt(parts: FindingParts, email: string): Row<'scimUser'> | undefined {
  const emailKey = toEmailKey(email);
  if (!isEmailKey(emailKey)) return undefined;
  const { organizationId } = parts.integration;
  const member = parts.projection.members.byUnique(memberName({ organizationId, emailKey }));
  return member === undefined ? undefined : adoptable(parts, member.id);
}

/**
 * A user who was here before the directory pushed anybody, as a resource that it can link itself to; only somebody whom the
 * rules of a sync would let it take over, so that a directory learns of nobody else.
 */
function adoptable(parts: FindingParts, memberId: MemberId): Row<'scimUser'> | undefined {
  const { projection, integration, at } = parts;
  const member = projection.members.get(memberId);
  if (member?.organizationId !== integration.organizationId || projection.scimUsers.get(memberId) !== undefined)
    return undefined;
  if (member.state !== 'active' && member.state !== 'inactive') return undefined;
  const resource: ScimObject = {
    userName: member.email,
    ...(member.name === null ? {} : { displayName: member.name }),
    emails: [{ value: member.email, type: 'work', primary: true }],
    active: true,
  };
  const plan = planPush(projection, integration, { user: directoryUserOf(memberId, resource, undefined), at });
  const isFree = plan.rows.some(
    (row) => row.status === 'updated' && row.because === 'adopt' && row.memberId === memberId,
  );
  if (!isFree) return undefined;
  return {
    id: memberId,
    integrationId: integration.id,
    organizationId: integration.organizationId,
    userNameKey: foldCase(member.email),
    externalId: null,
    emailKeys: emailKeysOf(resource),
    resource,
    version: 0,
    createdAt: member.createdAt,
    updatedAt: member.createdAt,
  };
}
