import { randomBytes } from 'node:crypto';
import type { Client } from '@latchwork/client';
import type { Session } from '@latchwork/contract';
import type { Plan, RoleScheme, WorkplaceRole } from '@latchwork/core';
import { samplePassword } from './sample-hotel.test-rig.js';
import type { TestPortal } from './test-portal.test-rig.js';

type Reply<Call extends (...args: never) => Promise<unknown>> = Awaited<ReturnType<Call>>;

/** A user of the sample office, signed in to the dashboard. */
export interface OfficeUser {
  readonly id: string;
  readonly email: string;
  readonly client: Client;
  /** Signs in once more, on any channel. */
  on(channel: Session['channel']): Promise<Client>;
}

/** An office with one licensed user per role and two desks. */
export interface SampleOffice {
  readonly organizationId: string;
  readonly people: Readonly<Record<WorkplaceRole, OfficeUser>>;
  readonly desks: readonly [Reply<Client['desks']['create']>, Reply<Client['desks']['create']>];
  /** An address that nobody has. */
  address(name: string): string;
  /** Invites somebody and lets them accept. */
  join(name: string, rest?: { readonly role?: WorkplaceRole; readonly licensed?: boolean }): Promise<OfficeUser>;
}

/** Builds an office through the API alone: on the Pro plan with twenty licenses, unless told otherwise. */
export async function buildSampleOffice(
  test: TestPortal,
  options: {
    readonly plan?: Plan;
    readonly licenses?: number;
    readonly subscriptionEndsAt?: string | null;
    readonly schemes?: readonly RoleScheme[];
  } = {},
): Promise<SampleOffice> {
  const slug = `office-${randomBytes(4).toString('hex')}`;
  const address = (name: string) => `${name}@${slug}.example`;
  const operator = test.client(test.portal.operatorKey.reveal());
  const made = await operator.organizations.create({
    name: 'Office',
    schemes: ['workplace'],
    owner: { name: 'Ada', email: address('admin') },
    ...{ plan: 'pro', licenses: 20, ...options },
  });
  const organizationId = made.organization.id;
  const admin = await acceptInvitation(test, address('admin'));
  const { client } = admin;
  const join: SampleOffice['join'] = async (name, rest = {}) => {
    await client.users.invite({ organizationId, rows: [{ email: address(name), name, ...rest }] });
    return await acceptInvitation(test, address(name));
  };
  const people = {
    admin,
    coordinator: await join('coordinator', { role: 'coordinator' }),
    member: await join('member', { role: 'member' }),
  };
  const desks = [
    await client.desks.create({ organizationId, name: 'Window' }),
    await client.desks.create({ organizationId, name: 'Corner' }),
  ] as const;
  return { organizationId, people, desks, address, join };
}

/** Follows the link of the newest mail to an address, sets a password, and signs in to the dashboard. */
export async function acceptInvitation(test: TestPortal, email: string): Promise<OfficeUser> {
  const { token } = await test.mails.lastTo(email);
  const anybody = test.client();
  const { name } = await anybody.accountSetups.preview({ token });
  // Whose name the inviter did not know says it at the set-up.
  const ownName = name === null ? { name: 'Robin' } : {};
  const { member } = await anybody.accountSetups.complete({ token, password: samplePassword, ...ownName });
  const on = async (channel: Session['channel']): Promise<Client> => {
    const signedIn = await anybody.sessions.create({ email, password: samplePassword, channel });
    return test.client(signedIn.token);
  };
  return { id: member.id, email, client: await on('dashboard'), on };
}
