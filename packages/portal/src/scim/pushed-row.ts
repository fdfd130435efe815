import type { Row } from '../store/store.js';
import { badRequest } from './scim-error.js';
import { type ScimObject, valueIn } from './scim-value.js';

type Pushed = Row<'scimUser'> | Row<'scimGroup'>;

/** What a directory has pushed, before it is a row. */
export interface PushedResource<Id extends Pushed['id']> {
  readonly id: Id;
  readonly integration: Row<'directoryIntegration'>;
  readonly resource: ScimObject;
  readonly life: Pick<Pushed, 'version' | 'createdAt' | 'updatedAt'>;
}

/** What the rows of users and of groups have in common. */
export function pushedRow<Id extends Pushed['id']>({ id, integration, resource, life }: PushedResource<Id>) {
  const externalId = valueIn(resource, 'externalId');
  return {
    id,
    integrationId: integration.id,
    organizationId: integration.organizationId,
    externalId: typeof externalId === 'string' ? externalId : null,
    resource,
    ...life,
  };
}

/**
 * The name that a resource must have.
 *
 * @throws ScimError `invalidValue`
 */
export function requiredName(
  resource: ScimObject,
  attribute: 'userName' | 'displayName',
  { longest, detail }: { readonly longest: number; readonly detail: string },
): string {
  const name = valueIn(resource, attribute);
  if (typeof name !== 'string' || name.trim() === '' || name.length > longest) throw badRequest('invalidValue', detail);
  return name;
}
