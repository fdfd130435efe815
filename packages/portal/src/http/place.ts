import type {
  ApiKeyId,
  AppId,
  AttemptId,
  CredentialId,
  DeskId,
  DeviceId,
  EntranceId,
  GatewayId,
  GuestId,
  IntegrationId,
  InvitationId,
  KeyCardId,
  KeyId,
  MemberId,
  OrganizationId,
  PropertyId,
  ReservationId,
  ReviewId,
  RevocationId,
  SyncRunId,
  WebhookEndpointId,
} from '@latchwork/core';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';

/** What the ids of a path name, with the property and organization it all belongs to. */
export interface Place {
  readonly organization?: Row<'organization'>;
  readonly property?: Row<'property'>;
  readonly entrance?: Row<'entrance'>;
  readonly device?: Row<'device'>;
  readonly gateway?: Row<'gateway'>;
  readonly guest?: Row<'guest'>;
  readonly accessKey?: Row<'accessKey'>;
  readonly keyCard?: Row<'keyCard'>;
  readonly credential?: Row<'credential'>;
  readonly revocation?: Row<'revocation'>;
  readonly apiKey?: Row<'apiKey'>;
  readonly app?: Row<'app'>;
  readonly webhookEndpoint?: Row<'webhookEndpoint'>;
  readonly member?: Row<'member'>;
  readonly invitation?: Row<'invitation'>;
  readonly desk?: Row<'desk'>;
  readonly reservation?: Row<'reservation'>;
  readonly directoryIntegration?: Row<'directoryIntegration'>;
  readonly directoryReview?: Row<'directoryReview'>;
  readonly syncRun?: Row<'syncRun'>;
}

/** The ids a path of the API can have: one, or a property with what concerns it there. */
export interface PlaceIds {
  readonly organizationId?: OrganizationId;
  readonly propertyId?: PropertyId;
  readonly entranceId?: EntranceId;
  readonly deviceId?: DeviceId;
  readonly gatewayId?: GatewayId;
  readonly guestId?: GuestId;
  readonly keyId?: KeyId;
  readonly keyCardId?: KeyCardId;
  readonly credentialId?: CredentialId;
  readonly revocationId?: RevocationId;
  readonly apiKeyId?: ApiKeyId;
  readonly appId?: AppId;
  readonly webhookEndpointId?: WebhookEndpointId;
  readonly memberId?: MemberId;
  readonly invitationId?: InvitationId;
  readonly deskId?: DeskId;
  readonly reservationId?: ReservationId;
  readonly attemptId?: AttemptId;
  readonly integrationId?: IntegrationId;
  readonly reviewId?: ReviewId;
  readonly syncRunId?: SyncRunId;
}

/** Finds what a path names; `undefined` when there is no such thing. Attempts are found by their handler. */
export function findPlace(projection: Projection, ids: PlaceIds): Place | undefined {
  const { organizationId, propertyId, entranceId, deviceId, gatewayId, keyId, apiKeyId, appId } = ids;
  if (entranceId !== undefined) {
    const entrance = projection.entrances.get(entranceId);
    const at = entrance && within(projection, entrance.propertyId);
    return at && { organization: at.organization, property: at.property, entrance };
  }
  if (deviceId !== undefined) {
    const device = projection.devices.get(deviceId);
    const at = device && within(projection, device.propertyId);
    return at && { organization: at.organization, property: at.property, device };
  }
  if (gatewayId !== undefined) {
    const gateway = projection.gateways.get(gatewayId);
    const at = gateway && within(projection, gateway.propertyId);
    return at && { organization: at.organization, property: at.property, gateway };
  }
  if (ids.guestId !== undefined) {
    const guest = projection.guests.get(ids.guestId);
    const at = guest && within(projection, guest.propertyId);
    return at && { organization: at.organization, property: at.property, guest };
  }
  if (keyId !== undefined) {
    const accessKey = projection.accessKeys.get(keyId);
    const at = accessKey && within(projection, accessKey.propertyId);
    return at && { organization: at.organization, property: at.property, accessKey };
  }
  if (ids.revocationId !== undefined) {
    const revocation = projection.revocations.get(ids.revocationId);
    const at = revocation && within(projection, revocation.propertyId);
    return at && { organization: at.organization, property: at.property, revocation };
  }
  if (ids.keyCardId !== undefined) {
    const keyCard = projection.keyCards.get(ids.keyCardId);
    const at = keyCard && within(projection, keyCard.propertyId);
    return at && { organization: at.organization, property: at.property, keyCard };
  }
  if (ids.credentialId !== undefined) {
    const credential = projection.credentials.get(ids.credentialId);
    const at = credential && within(projection, credential.propertyId);
    return at && { organization: at.organization, property: at.property, credential };
  }
  if (apiKeyId !== undefined) {
    const apiKey = projection.apiKeys.get(apiKeyId);
    const organization = apiKey && projection.organizations.get(apiKey.organizationId);
    return apiKey && organization && { organization, apiKey };
  }
  if (ids.memberId !== undefined) {
    const member = projection.members.get(ids.memberId);
    const organization = member && projection.organizations.get(member.organizationId);
    if (propertyId === undefined) return member && organization && { organization, member };
    const at = within(projection, propertyId);
    // Another tenant's person is none that a property could name. Without a person too the role on the property is asked
    // first, so that nobody without it learns who there is (G10).
    if (at === undefined || member === undefined || at.organization.id !== organization?.id) return at;
    return { organization, property: at.property, member };
  }
  if (ids.invitationId !== undefined) {
    const invitation = projection.invitations.get(ids.invitationId);
    const organization = invitation && projection.organizations.get(invitation.organizationId);
    return invitation && organization && { organization, invitation };
  }
  if (ids.deskId !== undefined) {
    const desk = projection.desks.get(ids.deskId);
    const organization = desk && projection.organizations.get(desk.organizationId);
    return desk && organization && { organization, desk };
  }
  if (ids.reservationId !== undefined) {
    const reservation = projection.reservations.get(ids.reservationId);
    const organization = reservation && projection.organizations.get(reservation.organizationId);
    return reservation && organization && { organization, reservation };
  }
  if (ids.webhookEndpointId !== undefined) {
    const webhookEndpoint = projection.webhookEndpoints.get(ids.webhookEndpointId);
    if (webhookEndpoint === undefined || webhookEndpoint.state === 'removed') return undefined;
    const organization = projection.organizations.get(webhookEndpoint.organizationId);
    return organization && { organization, webhookEndpoint };
  }
  const inDirectory = findInDirectory(projection, ids);
  if (inDirectory !== 'not-asked') return inDirectory;
  if (appId !== undefined) {
    const app = projection.apps.get(appId);
    if (app === undefined) return undefined;
    if (propertyId === undefined) {
      const organization = projection.organizations.get(app.organizationId);
      return organization && { organization, app };
    }
    // Another tenant's app is none that a property could allow.
    const at = within(projection, propertyId);
    if (at?.organization.id !== app.organizationId) return undefined;
    return { organization: at.organization, property: at.property, app };
  }
  if (propertyId !== undefined) return within(projection, propertyId);
  if (organizationId !== undefined) {
    const organization = projection.organizations.get(organizationId);
    return organization && { organization };
  }
  return {};
}

/** What a path names of a directory; a run outlives its integration. */
function findInDirectory(
  projection: Projection,
  { integrationId, reviewId, syncRunId }: PlaceIds,
): Place | undefined | 'not-asked' {
  const { directoryIntegrations, directoryReviews, syncRuns, organizations } = projection;
  if (integrationId !== undefined) {
    const directoryIntegration = directoryIntegrations.get(integrationId);
    const organization = directoryIntegration && organizations.get(directoryIntegration.organizationId);
    return directoryIntegration && organization && { organization, directoryIntegration };
  }
  if (reviewId !== undefined) {
    const directoryReview = directoryReviews.get(reviewId);
    const organization = directoryReview && organizations.get(directoryReview.organizationId);
    const directoryIntegration = directoryReview && directoryIntegrations.get(directoryReview.integrationId);
    if (directoryReview === undefined || organization === undefined || directoryIntegration === undefined) {
      return undefined;
    }
    return { organization, directoryReview, directoryIntegration };
  }
  if (syncRunId !== undefined) {
    const syncRun = syncRuns.get(syncRunId);
    const organization = syncRun && organizations.get(syncRun.organizationId);
    return syncRun && organization && { organization, syncRun };
  }
  return 'not-asked';
}

function within(
  projection: Projection,
  propertyId: PropertyId,
): { readonly organization: Row<'organization'>; readonly property: Row<'property'> } | undefined {
  const property = projection.properties.get(propertyId);
  // A removed property is nobody's to see any more, with everything in it (G8).
  if (property === undefined || property.removedAt !== null) return undefined;
  const organization = projection.organizations.get(property.organizationId);
  return organization && { organization, property };
}
