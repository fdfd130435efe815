import { type IdKind, type IdOf, idPrefixes, type KeyHolderId } from '@latchwork/core';
import * as z from 'zod/mini';

/** A schema that takes a plain string from a caller and gives the branded id to whoever parsed it. */
export type IdentifierSchema<Kind extends IdKind> = z.ZodMiniType<IdOf<Kind>, string>;

// The brand exists only for the compiler, so the string schema is the branded one at run time.
function identifier<Kind extends IdKind>(kind: Kind): IdentifierSchema<Kind> {
  const pattern = new RegExp(`^${idPrefixes[kind]}_[0-7][0-9a-hjkmnp-tv-z]{25}$`);
  return z.string().check(z.regex(pattern)) as unknown as IdentifierSchema<Kind>;
}

/** Id of an organization on the wire. */
export const organizationId: IdentifierSchema<'organization'> = identifier('organization');
/** Id of a property on the wire. */
export const propertyId: IdentifierSchema<'property'> = identifier('property');
/** Id of a member on the wire. */
export const memberId: IdentifierSchema<'member'> = identifier('member');
/** Id of an entrance on the wire. */
export const entranceId: IdentifierSchema<'entrance'> = identifier('entrance');
/** Id of a device on the wire. */
export const deviceId: IdentifierSchema<'device'> = identifier('device');
/** Id of a gateway on the wire. */
export const gatewayId: IdentifierSchema<'gateway'> = identifier('gateway');
/** Id of a Key (the permission of a person for entrances and a period) on the wire. */
export const keyId: IdentifierSchema<'key'> = identifier('key');
/** Id of an action attempt on the wire. */
export const attemptId: IdentifierSchema<'attempt'> = identifier('attempt');
/** Id of an event on the wire. */
export const eventId: IdentifierSchema<'event'> = identifier('event');
/** Id of a session on the wire. */
export const sessionId: IdentifierSchema<'session'> = identifier('session');
/** Id of an API key on the wire. */
export const apiKeyId: IdentifierSchema<'apiKey'> = identifier('apiKey');
/** Id of an account on the wire. */
export const accountId: IdentifierSchema<'account'> = identifier('account');
/** Id of an invitation on the wire. */
export const invitationId: IdentifierSchema<'invitation'> = identifier('invitation');
/** Id of a desk on the wire. */
export const deskId: IdentifierSchema<'desk'> = identifier('desk');
/** Id of a reservation on the wire. */
export const reservationId: IdentifierSchema<'reservation'> = identifier('reservation');
/** Id of an integrated app on the wire. */
export const appId: IdentifierSchema<'app'> = identifier('app');
/** Id of an app grant on the wire. */
export const appGrantId: IdentifierSchema<'appGrant'> = identifier('appGrant');
/** Id of a webhook endpoint on the wire. */
export const webhookEndpointId: IdentifierSchema<'webhookEndpoint'> = identifier('webhookEndpoint');
/** Id of a webhook delivery on the wire. */
export const webhookDeliveryId: IdentifierSchema<'webhookDelivery'> = identifier('webhookDelivery');
/** Id of a directory integration on the wire. */
export const integrationId: IdentifierSchema<'integration'> = identifier('integration');
/** Id of a directory review on the wire. */
export const reviewId: IdentifierSchema<'review'> = identifier('review');
/** Id of a sync run on the wire. */
export const syncRunId: IdentifierSchema<'syncRun'> = identifier('syncRun');
/** Id of a guest on the wire. */
export const guestId: IdentifierSchema<'guest'> = identifier('guest');
/** Id of whoever holds a Key on the wire: a member or a guest. */
export const keyHolderId = z
  .string()
  .check(
    z.regex(new RegExp(`^(?:${idPrefixes.member}|${idPrefixes.guest})_[0-7][0-9a-hjkmnp-tv-z]{25}$`)),
  ) as unknown as z.ZodMiniType<KeyHolderId, string>;
/** Id of a key card on the wire. */
export const keyCardId: IdentifierSchema<'keyCard'> = identifier('keyCard');
/** Id of a credential on the wire. */
export const credentialId: IdentifierSchema<'credential'> = identifier('credential');
/** Id of an alarm on the wire. */
export const alarmId: IdentifierSchema<'alarm'> = identifier('alarm');
/** Id of a revocation on the wire. */
export const revocationId: IdentifierSchema<'revocation'> = identifier('revocation');
