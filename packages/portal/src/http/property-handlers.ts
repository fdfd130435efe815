import type { Actor } from '@latchwork/contract';
import { createProblem } from '@latchwork/contract';
import type { PropertySigners } from '../access/property-signers.js';
import type { Identifiers } from '../identifiers.js';
import type { Draft } from '../ledger.js';
import type { PeopleDesk } from '../people/people-desk.js';
import type { Projection } from '../store/projection.js';
import type { PropertySettings } from '../store/schema/tenancy.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import { notFound } from './authorize.js';
import type { Handlers, ProblemAnswer } from './call.js';
import { pageOf } from './paging.js';
import { answerOfRefusal } from './people-problem.js';
import { organizationNow, requestBy } from './people-request.js';
import { invalidField } from './problem-answer.js';
import { checkVersion } from './versions.js';
import { seesProperty } from './visibility.js';
import { propertyOf } from './wire.js';

type PropertyOperation = 'createProperty' | 'listProperties' | 'getProperty' | 'updateProperty' | 'removeProperty';

/** How a property is run until its managers say otherwise: the longest stay of a Key given by Team is 31 days. */
export const firstSettings: PropertySettings = {
  remoteUnlock: true,
  doorRange: null,
  longestStayMs: 31 * 24 * 60 * 60 * 1000,
  auditHiddenFromTeam: false,
  minimumCardClass: 0,
};

/** Creates the handlers of properties themselves. */
export function createPropertyHandlers(parts: {
  readonly projection: Projection;
  readonly signers: PropertySigners;
  readonly identifiers: Identifiers;
  readonly people: PeopleDesk;
}): Pick<Handlers, PropertyOperation> {
  const { projection, signers, identifiers, people } = parts;

  return {
    createProperty: async ({ request: { body }, place, caller, write }) =>
      await write((draft) => {
        if (place.organization === undefined) return notFound;
        const organization = organizationNow(projection, place.organization.id);
        if (organization.kind === 'single_property') return { problem: createProblem('organization-required', {}) };
        if (!organization.schemes.includes('hospitality')) {
          return { problem: createProblem('scheme-not-in-use', { scheme: 'hospitality' }) };
        }
        const id = identifiers.next('property', draft.now);
        const property = draftProperty({ draft, signers, actor: caller.actor }, { ...body, id, organization });
        return { status: 201, body: propertyOf(property, organization) };
      }),

    listProperties: async ({ request: { query }, place: { organization }, caller }) => {
      if (organization === undefined) return notFound;
      const body = pageOf(projection.properties.group(organization.id), {
        query,
        idOf: (row) => row.id,
        isVisible: (row) => seesProperty(projection, caller, row.id),
        toWire: (row) => propertyOf(row, organization),
      });
      return { status: 200, body };
    },

    getProperty: async ({ place: { property, organization } }) =>
      property === undefined || organization === undefined
        ? notFound
        : { status: 200, body: propertyOf(property, organization) },

    updateProperty: async ({ request: { body, headers }, place, caller, write }) =>
      await write((draft) => {
        const before = place.property && projection.properties.get(place.property.id);
        if (before === undefined || before.removedAt !== null || place.organization === undefined) return notFound;
        const stale = checkVersion(headers, before.version);
        if (stale !== undefined) return stale;
        const { name = before.name, timeZone = before.timeZone, settings: changed = {} } = body;
        const stray = strayDoor(projection, before, changed.doorRange ?? []);
        if (stray !== undefined) return stray;
        const settings: PropertySettings = { ...before.settings, ...JSON.parse(JSON.stringify(changed)) };
        const after = { ...before, name, timeZone, settings, version: before.version + 1 };
        draft.update('property', after);
        const fact = { propertyId: before.id, actor: caller.actor };
        draft.event({ type: 'property.updated', occurredAt: timestampOf(draft.now), ...fact });
        const { remoteUnlock, doorRange, longestStayMs, auditHiddenFromTeam, minimumCardClass = 0 } = settings;
        draft.audit(before.organizationId, {
          action: 'property.updated',
          ...fact,
          subject: { timeZone, remoteUnlock, doorRange, longestStayMs, auditHiddenFromTeam, minimumCardClass },
        });
        return { status: 200, body: propertyOf(after, place.organization) };
      }),

    removeProperty: async ({ request: { body }, place, caller, write }) =>
      await write((draft) => {
        const property = place.property && projection.properties.get(place.property.id);
        if (property === undefined || property.removedAt !== null) return notFound;
        const request = requestBy(projection, caller);
        const command = { type: 'remove-property', propertyId: property.id, confirm: body.confirm } as const;
        const outcome = people.run(draft, command, request);
        if (!outcome.allow) return answerOfRefusal(outcome);
        const removed = { ...property, version: property.version + 1, removedAt: draft.now };
        return { status: 200, body: propertyOf(removed, request.organization) };
      }),
  };
}

/** Writes a new property with its signing keys, and tells of it. */
export function draftProperty(
  { draft, signers, actor }: { readonly draft: Draft; readonly signers: PropertySigners; readonly actor: Actor },
  input: {
    readonly id: Row<'property'>['id'];
    readonly organization: Row<'organization'>;
    readonly name: string;
    readonly timeZone: string;
  },
): Row<'property'> {
  const { id, organization, name, timeZone } = input;
  const { tag, epoch, signers: made } = signers.makeProperty({ propertyId: id, organization, now: draft.now });
  const property: Row<'property'> = {
    id,
    organizationId: organization.id,
    name,
    timeZone,
    tag,
    epoch,
    settings: firstSettings,
    integratedApps: [],
    version: 1,
    createdAt: draft.now,
    removedAt: null,
  };
  draft.insert('property', property);
  for (const signer of made) draft.insert('propertySigner', signer);
  const organizationId = organization.id;
  draft.event({
    type: 'property.created',
    occurredAt: timestampOf(draft.now),
    organizationId,
    actor,
    createdPropertyId: id,
  });
  const subject = { signers: made.map((signer) => signer.publicKey) };
  draft.audit(organizationId, { action: 'property.created', actor, propertyId: id, subject });
  return property;
}

/** The problem of a door range that names a door of another property. */
function strayDoor(
  projection: Projection,
  property: Row<'property'>,
  doorRange: readonly Row<'entrance'>['id'][],
): ProblemAnswer | undefined {
  const index = doorRange.findIndex((id) => projection.entrances.get(id)?.propertyId !== property.id);
  return index === -1
    ? undefined
    : invalidField(`/settings/doorRange/${index}`, 'There is no such entrance on this property.');
}
