import { CoreError } from './core-error.js';
import type { Instant } from './instant.js';

declare const idKind: unique symbol;

/** The prefix of every kind of id: `mem_…` is a member, whoever reads it. */
export const idPrefixes = {
  organization: 'org',
  property: 'prop',
  member: 'mem',
  entrance: 'ent',
  device: 'dev',
  gateway: 'gw',
  key: 'key',
  attempt: 'att',
  event: 'evt',
  session: 'ses',
  apiKey: 'apk',
  account: 'acc',
  invitation: 'inv',
  desk: 'desk',
  reservation: 'res',
  app: 'app',
  appGrant: 'agr',
  mail: 'mail',
  webhookEndpoint: 'whe',
  webhookDelivery: 'whd',
  integration: 'int',
  review: 'rev',
  syncRun: 'syn',
  scimUser: 'scu',
  scimGroup: 'scg',
  guest: 'gst',
  keyCard: 'card',
  credential: 'crd',
  revocation: 'rvc',
  alarm: 'alm',
} as const;

/** A kind of thing that has ids. */
export type IdKind = keyof typeof idPrefixes;

/**
 * An id of one kind: `<prefix>_` and 26 lower-case Crockford base32 characters, of which the first ten are the time of
 * making in milliseconds, so ids of one kind sort by age as plain strings.
 */
export type IdOf<Kind extends IdKind> = string & { readonly [idKind]: Kind };

/** Names one organization: the tenant that groups properties. */
export type OrganizationId = IdOf<'organization'>;
/** Names one property: one hotel, hostel or site. */
export type PropertyId = IdOf<'property'>;
/** Names one member: a person within one organization. */
export type MemberId = IdOf<'member'>;
/** Names one entrance: one controllable opening. */
export type EntranceId = IdOf<'entrance'>;
/** Names one device: a lock, hub, encoder or sensor. */
export type DeviceId = IdOf<'device'>;
/** Names one gateway: our process on site. */
export type GatewayId = IdOf<'gateway'>;
/** Names one key: the permission of a person for entrances and a period. */
export type KeyId = IdOf<'key'>;
/** Names one action attempt: a tracked physical action. */
export type AttemptId = IdOf<'attempt'>;
/** Names one event of the feed. */
export type EventId = IdOf<'event'>;
/** Names one signed-in session. */
export type SessionId = IdOf<'session'>;
/** Names one API key: the right of a program to call the API. */
export type ApiKeyId = IdOf<'apiKey'>;
/** Names one account: what a person signs in with, across organizations. */
export type AccountId = IdOf<'account'>;
/** Names one invitation: the offer to an e-mail address to become a member. */
export type InvitationId = IdOf<'invitation'>;
/** Names one desk of a workplace. */
export type DeskId = IdOf<'desk'>;
/** Names one reservation of a desk. */
export type ReservationId = IdOf<'reservation'>;
/** Names one integrated app: a registered third-party program that acts for signed-in members. */
export type AppId = IdOf<'app'>;
/** Names one app grant: what a member let an app do on one property. */
export type AppGrantId = IdOf<'appGrant'>;
/** Names one mail of the outbox. */
export type MailId = IdOf<'mail'>;
/** Names one webhook endpoint: an address that events are sent to. */
export type WebhookEndpointId = IdOf<'webhookEndpoint'>;
/** Names one delivery of one event to one webhook endpoint. */
export type WebhookDeliveryId = IdOf<'webhookDelivery'>;
/** Names one directory integration: an organization's connection to a directory of people. */
export type IntegrationId = IdOf<'integration'>;
/** Names one directory review: a list of a directory's users, kept for half an hour. */
export type ReviewId = IdOf<'review'>;
/** Names one sync run: one time that a directory's differences were carried over, or were to be. */
export type SyncRunId = IdOf<'syncRun'>;
/** Names one user as a directory pushes it, whether or not it is anybody here. */
export type ScimUserId = IdOf<'scimUser'>;
/** Names one group as a directory pushes it. */
export type ScimGroupId = IdOf<'scimGroup'>;
/** Names one guest: somebody who holds a key without being a member. */
export type GuestId = IdOf<'guest'>;
/** Names one key card: one physical card of a property's stock. */
export type KeyCardId = IdOf<'keyCard'>;
/** Names one credential: what carries a key to a door: a key card or a door code. */
export type CredentialId = IdOf<'credential'>;
/** Names one revocation: what shall open no more, and how far each lock has proven it. */
export type RevocationId = IdOf<'revocation'>;
/** Names one alarm: something that somebody has to see to. */
export type AlarmId = IdOf<'alarm'>;

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const timeCharacters = 10;
const randomBytes = 10;

/** Tells whether a value of unknown origin is a well-formed id of the kind. */
export function isId<Kind extends IdKind>(kind: Kind, value: unknown): value is IdOf<Kind> {
  // The first character carries three bits only: 26 characters hold 130 bits for 128.
  return typeof value === 'string' && new RegExp(`^${idPrefixes[kind]}_[0-7][0-9a-hjkmnp-tv-z]{25}$`).test(value);
}

/**
 * Reads a value of unknown origin as an id of the kind.
 *
 * @throws CoreError `id-invalid`; the message does not repeat the value.
 */
export function parseId<Kind extends IdKind>(kind: Kind, value: unknown): IdOf<Kind> {
  if (isId(kind, value)) return value;
  throw new CoreError({ code: 'id-invalid', expected: `${idPrefixes[kind]}_ and 26 lower-case base32 characters` });
}

/**
 * Writes the id made at an instant from ten random bytes, both given by the caller: core has no clock and no randomness.
 *
 * @param random exactly 10 bytes (80 bits) from a cryptographic source.
 * @throws CoreError `id-invalid` when the instant is before 1970 or the bytes are not ten.
 */
export function encodeId<Kind extends IdKind>(kind: Kind, madeAt: Instant, random: Uint8Array): IdOf<Kind> {
  if (madeAt < 0 || random.length !== randomBytes) {
    throw new CoreError({ code: 'id-invalid', expected: `an instant from 1970 on and ${randomBytes} random bytes` });
  }
  let time: number = madeAt;
  let text = '';
  for (let i = 0; i < timeCharacters; i += 1) {
    text = alphabet.charAt(time % 32) + text;
    time = Math.floor(time / 32);
  }
  let pending = 0;
  let pendingBits = 0;
  for (const byte of random) {
    pending = ((pending << 8) | byte) & 0xfff;
    pendingBits += 8;
    while (pendingBits >= 5) {
      pendingBits -= 5;
      text += alphabet.charAt((pending >> pendingBits) & 31);
    }
  }
  return `${idPrefixes[kind]}_${text}` as IdOf<Kind>;
}
