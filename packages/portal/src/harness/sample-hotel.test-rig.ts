import { createECDH, randomBytes } from 'node:crypto';
import type { Client } from '@latchwork/client';
import type { HospitalityStanding } from '@latchwork/core';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import type { TestPortal } from './test-portal.test-rig.js';

type Reply<Call extends (...args: never) => Promise<unknown>> = Awaited<ReturnType<Call>>;

/** A person of the sample hotel, signed in on the Portal app. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly token: string;
  readonly client: Client;
}

/** A hotel with one member per standing, a door with a lock, and a gateway. */
export interface SampleHotel {
  readonly operator: Client;
  readonly organization: Reply<Client['organizations']['get']>;
  readonly property: Reply<Client['properties']['get']>;
  readonly people: Readonly<Record<HospitalityStanding, Person>>;
  readonly entrance: Reply<Client['entrances']['get']>;
  readonly device: Reply<Client['devices']['get']>;
  readonly gateway: Reply<Client['gateways']['create']>;
}

/** Every person of the sample hotel has this password. */
export const samplePassword = 'correct horse battery staple';

/** Builds a hotel through the API alone, as an integrator would. */
export async function buildSampleHotel(test: TestPortal, name = 'Hotel Aurora'): Promise<SampleHotel> {
  const operator = test.client(test.portal.operatorKey.reveal());
  const slug = `${name.toLowerCase().replaceAll(' ', '-')}-${randomBytes(3).toString('hex')}`;
  const email = (role: string) => `${role}@${slug}.example`;
  const made = await operator.organizations.create({
    name,
    owner: { name: 'Olga', email: email('organization_owner') },
  });
  const organizationOwner = await signIn(test, { email: email('organization_owner') });
  const { client } = organizationOwner;
  const property = await client.properties.create({
    organizationId: made.organization.id,
    name,
    timeZone: 'Europe/Berlin',
  });
  const propertyId = property.id;
  const invite = async (role: Exclude<HospitalityStanding, 'organization_owner'>): Promise<Person> => {
    await client.invitations.createForProperty({ propertyId, emails: [email(role)], role });
    return await signIn(test, { email: email(role) });
  };
  const people = {
    organization_owner: organizationOwner,
    owner: await invite('owner'),
    general_manager: await invite('general_manager'),
    team: await invite('team'),
    housekeeping: await invite('housekeeping'),
    installer: await invite('installer'),
  };
  const entrance = await client.entrances.create({ propertyId, name: 'Room 101' });
  const device = await client.devices.create({
    propertyId,
    kind: 'lock',
    name: 'Lock 101',
    entranceId: entrance.id,
    ...lockKeys(),
  });
  const gateway = await client.gateways.create({ propertyId, name: 'Reception' });
  return { operator, organization: made.organization, property, people, entrance, device, gateway };
}

/** A lock's tag and public keys, as its label would give them. */
export function lockKeys(): { readonly tag: string; readonly publicKey: string; readonly identityPublicKey: string } {
  const crypto = createNodeCrypto();
  return {
    tag: randomBytes(8).toString('hex'),
    publicKey: Buffer.from(crypto.x25519KeyPair().publicKey).toString('hex'),
    identityPublicKey: Buffer.from(crypto.ed25519KeyPair().publicKey).toString('hex'),
  };
}

/** A card told by its UID, which no other has. */
export function newCard(label: string): {
  readonly technology: 'uid';
  readonly label: string;
  readonly identity: string;
} {
  // A UID of 7 bytes begins with its maker's number.
  return { technology: 'uid', label, identity: `04${randomBytes(6).toString('hex')}` };
}

/** A card that proves itself with a signature. */
export function newPublicKeyCard(label: string) {
  const ecdh = createECDH('prime256v1');
  ecdh.generateKeys();
  return { technology: 'public-key', label, identity: ecdh.getPublicKey('hex', 'compressed') } as const;
}

/** Sets an account up with the link of the newest mail to an invited address, and signs in. */
export async function signIn(
  test: TestPortal,
  account: { readonly email: string; readonly name?: string; readonly channel?: 'portal_app' | 'dashboard' },
): Promise<Person> {
  const anybody = test.client();
  const { token: setupToken } = await test.mails.lastTo(account.email);
  const name = account.name ?? account.email.split('@')[0] ?? account.email;
  await anybody.accountSetups.complete({ token: setupToken, name, password: samplePassword });
  const { token, member } = await anybody.sessions.create({
    email: account.email,
    password: samplePassword,
    channel: account.channel ?? 'portal_app',
  });
  return { id: member.id, email: account.email, token, client: test.client(token) };
}

/** Gives a person a Key to the sample door, from an hour ago and without end. */
export async function giveKey(test: TestPortal, hotel: SampleHotel, holderId: string) {
  return await hotel.people.organization_owner.client.keys.create({
    propertyId: hotel.property.id,
    holderId,
    entranceIds: [hotel.entrance.id],
    startsAt: new Date(test.clock.now() - 3_600_000).toISOString(),
    endsAt: null,
  });
}
