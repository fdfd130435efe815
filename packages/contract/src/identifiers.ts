import type {
  ApiKeyId,
  AttemptId,
  DeviceId,
  EntranceId,
  EventId,
  GatewayId,
  KeyId,
  MemberId,
  OrganizationId,
  PropertyId,
  SessionId,
} from '@latchwork/core';
import * as z from 'zod/mini';

/** A schema that takes a plain string from a caller and gives the branded id to whoever parsed it. */
export type IdentifierSchema<Id extends string> = z.ZodMiniType<Id, string>;

// The brand exists only for the compiler, so the string schema is the branded one at run time.
function identifier<Id extends string>(prefix: string): IdentifierSchema<Id> {
  return z.string().check(z.regex(new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`))) as unknown as IdentifierSchema<Id>;
}

/** Id of an organization: `org_` and 26 characters. */
export const organizationId: IdentifierSchema<OrganizationId> = identifier('org');
/** Id of a property: `prop_` and 26 characters. */
export const propertyId: IdentifierSchema<PropertyId> = identifier('prop');
/** Id of a member: `mem_` and 26 characters. */
export const memberId: IdentifierSchema<MemberId> = identifier('mem');
/** Id of an entrance: `ent_` and 26 characters. */
export const entranceId: IdentifierSchema<EntranceId> = identifier('ent');
/** Id of a device: `dev_` and 26 characters. */
export const deviceId: IdentifierSchema<DeviceId> = identifier('dev');
/** Id of a gateway: `gw_` and 26 characters. */
export const gatewayId: IdentifierSchema<GatewayId> = identifier('gw');
/** Id of a Key, the permission of a person for entrances and a period: `key_` and 26 characters. */
export const keyId: IdentifierSchema<KeyId> = identifier('key');
/** Id of an action attempt: `att_` and 26 characters. */
export const attemptId: IdentifierSchema<AttemptId> = identifier('att');
/** Id of an event: `evt_` and 26 characters. */
export const eventId: IdentifierSchema<EventId> = identifier('evt');
/** Id of a session: `ses_` and 26 characters. */
export const sessionId: IdentifierSchema<SessionId> = identifier('ses');
/** Id of an API key: `apk_` and 26 characters. */
export const apiKeyId: IdentifierSchema<ApiKeyId> = identifier('apk');
