import { randomBytes } from 'node:crypto';
import type { Client } from '@latchwork/client';
import type { HospitalityRole } from '@latchwork/core';
import { type Person, signIn } from './sample-hotel.test-rig.js';
import type { TestPortal } from './test-portal.test-rig.js';

type Reply<Call extends (...args: never) => Promise<unknown>> = Awaited<ReturnType<Call>>;

/** What somebody of a group is: roles on its two hotels, or its Organization Owner. */
export type Offer =
  | { readonly organizationOwner: true }
  | { readonly harbor?: HospitalityRole; readonly hill?: HospitalityRole };

/** An organization with two hotels and one Organization Owner; whoever else is needed joins. */
export interface SampleGroup {
  readonly operator: Client;
  readonly organizationId: string;
  readonly owner: Person;
  readonly harbor: Reply<Client['properties']['get']>;
  readonly hill: Reply<Client['properties']['get']>;
  /** A new address of this group. */
  address(name: string): string;
  /** The wire form of an offer. */
  offer(offer: Offer): {
    readonly organizationOwner?: true;
    readonly assignments?: readonly { readonly propertyId: string; readonly role: HospitalityRole }[];
  };
  /** Invites somebody, by the Organization Owner, and gives the row of the reply. */
  invite(name: string, offer: Offer): Promise<Reply<Client['invitations']['create']>['invitations'][number]>;
  /** Invites somebody who accepts and signs in on the Portal app. */
  join(name: string, offer: Offer): Promise<Person>;
}

/** Builds a group through the API alone. */
export async function buildSampleGroup(test: TestPortal, name = 'Aurora Group'): Promise<SampleGroup> {
  const operator = test.client(test.portal.operatorKey.reveal());
  const slug = `${name.toLowerCase().replaceAll(' ', '-')}-${randomBytes(3).toString('hex')}.example`;
  const address = (person: string) => `${person}@${slug}`;
  const { organization } = await operator.organizations.create({ name, owner: { email: address('olga') } });
  const organizationId = organization.id;
  const owner = await signIn(test, { email: address('olga') });
  const add = async (hotel: string) =>
    await owner.client.properties.create({ organizationId, name: hotel, timeZone: 'Europe/Lisbon' });
  const harbor = await add('Hotel Harbor');
  const hill = await add('Hotel Hill');
  const offer: SampleGroup['offer'] = (wanted) => {
    if ('organizationOwner' in wanted) return wanted;
    const roles = [
      { propertyId: harbor.id, role: wanted.harbor },
      { propertyId: hill.id, role: wanted.hill },
    ];
    return { assignments: roles.flatMap(({ propertyId, role }) => (role === undefined ? [] : [{ propertyId, role }])) };
  };
  const invite: SampleGroup['invite'] = async (person, wanted) => {
    const emails = [address(person)];
    const { invitations } = await owner.client.invitations.create({ organizationId, emails, ...offer(wanted) });
    const [invited] = invitations;
    if (invited === undefined) throw new Error('Nobody was invited.');
    return invited;
  };
  return {
    operator,
    organizationId,
    owner,
    harbor,
    hill,
    address,
    offer,
    invite,
    join: async (person, wanted) => {
      const { email } = await invite(person, wanted);
      return await signIn(test, { email });
    },
  };
}
