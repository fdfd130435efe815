import { encodeId, type IdKind, type IdOf } from './identifiers.js';
import { type Instant, toInstant } from './instant.js';
import type { Key } from './key.js';
import type { Membership, PropertyPlace } from './membership.js';
import type { HospitalityStanding } from './role.js';
import type { UnlockPlace } from './unlock-decision.js';

/** The n-th id of a kind, for the tests of this room. */
export function sampleId<Kind extends IdKind>(kind: Kind, n = 1): IdOf<Kind> {
  return encodeId(kind, toInstant(1_700_000_000_000), new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, n >> 8, n & 255]));
}

/** An instant from RFC 3339 text, for the tests of this room. */
export function instantAt(text: string): Instant {
  return toInstant(Date.parse(text));
}

/** The organization of the sample hotel. */
export const organization = sampleId('organization');

/** The sample hotel. */
export const property: PropertyPlace = { propertyId: sampleId('property'), organizationId: organization };

/** An active member of the sample hotel with one standing. */
export function memberIn(standing: HospitalityStanding, n = 1): Membership {
  return {
    memberId: sampleId('member', n),
    organizationId: organization,
    state: 'active',
    organizationOwner: standing === 'organization_owner',
    assignments: standing === 'organization_owner' ? [] : [{ propertyId: property.propertyId, role: standing }],
  };
}

/** An entrance of the sample hotel with one lock, in Berlin, with nothing switched on. */
export const frontDoor: UnlockPlace = {
  entranceId: sampleId('entrance'),
  propertyId: property.propertyId,
  timeZone: 'Europe/Berlin',
  lockIds: [sampleId('device')],
  mode: 'normal',
  remoteUnlock: false,
  integratedApps: [],
};

/** A key of the sample member for the front door, valid in all of 2026. */
export const yearKey: Key = {
  id: sampleId('key'),
  propertyId: property.propertyId,
  holderId: sampleId('member'),
  creatorId: sampleId('member', 9),
  entranceIds: [frontDoor.entranceId],
  startsAt: instantAt('2026-01-01T00:00:00Z'),
  endsAt: instantAt('2027-01-01T00:00:00Z'),
  schedule: null,
  revokedAt: null,
};
