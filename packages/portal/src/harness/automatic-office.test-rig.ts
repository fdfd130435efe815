import type { Client } from '@latchwork/client';
import type { DirectoryIntegration, Event, SyncRun } from '@latchwork/contract';
import {
  type DirectoryOffice,
  type DirectoryOfficeOptions,
  startDirectoryOffice,
} from './sample-directory.test-rig.js';

const hourMs = 60 * 60 * 1000;
/** A day, and what automatic runs are spread by. */
const dayMs = 24 * hourMs + 10 * 60 * 1000;

/** An office with a directory whose users are those of the directory, from day to day. */
export interface AutomaticOffice extends DirectoryOffice {
  /** An Admin's client whose session is of today. */
  signedIn(): Promise<Client>;
  /** Switches automatic sync on with a plan of everybody. */
  enable(): Promise<DirectoryIntegration>;
  /** Lets so many hours pass, and does whatever is due then. */
  hours(count: number): Promise<void>;
  /** Lets a day pass at whose end a run is due, and does it. */
  day(): Promise<void>;
  state(): Promise<DirectoryIntegration>;
  /** Newest first. */
  runs(): Promise<readonly SyncRun[]>;
  /** The organization's events of a type, oldest first. */
  events<Type extends Event['type']>(type: Type): Promise<readonly Extract<Event, { readonly type: Type }>[]>;
  /** Subjects of the notices that an address was mailed, oldest first. */
  notices(to: string): Promise<readonly string[]>;
  /** Users by state, the office's own three among them. */
  states(): Promise<Readonly<Record<string, number>>>;
}

/** Starts {@link startDirectoryOffice} with what automatic sync needs to be looked at. */
export async function startAutomaticOffice(options: DirectoryOfficeOptions = {}): Promise<AutomaticOffice> {
  const at = await startDirectoryOffice(options);
  const { test, office, integration } = at;
  const integrationId = integration.id;
  const { organizationId } = office;
  let session: { readonly client: Client; readonly endsAt: number } | undefined;
  const signedIn = async () => {
    const now = test.clock.now();
    if (session === undefined || session.endsAt < now) {
      session = { client: await office.people.admin.on('dashboard'), endsAt: now + 6 * hourMs };
    }
    return session.client;
  };
  const hours = async (count: number): Promise<void> => {
    test.clock.advance(count * hourMs);
    await test.portal.sync();
  };
  return {
    ...at,
    signedIn,
    hours,
    enable: async () => {
      const client = await signedIn();
      const { id: reviewId } = await client.directoryReviews.start({ integrationId });
      await test.portal.reviewsRead();
      const { planId } = await client.directoryReviews.plan({ reviewId, select: { rows: 'all' } });
      return await client.directoryIntegrations.changeAutomaticSync({ integrationId, enabled: true, reviewId, planId });
    },
    day: async () => await hours(dayMs / hourMs),
    state: async () => await (await signedIn()).directoryIntegrations.get({ integrationId }),
    runs: async () => (await (await signedIn()).syncRuns.list({ integrationId, limit: 200 })).data,
    events: async (type) => {
      const found: Event[] = [];
      for await (const event of (await signedIn()).events.listOfOrganizationAll({ organizationId, limit: 200 })) {
        if (event.type === type) found.push(event);
      }
      return found as never;
    },
    notices: async (to) =>
      (await test.mails.all())
        .filter((mail) => mail.kind === 'directory_notice' && mail.to === to)
        .map(({ subject }) => subject),
    user: async (email) => {
      for await (const user of (await signedIn()).users.listAll({ organizationId, limit: 200 })) {
        if (user.email.toLowerCase() === email.toLowerCase()) return user;
      }
      return undefined;
    },
    states: async () => {
      const counts: Record<string, number> = {};
      for await (const { state } of (await signedIn()).users.listAll({ organizationId, limit: 200 })) {
        counts[state] = (counts[state] ?? 0) + 1;
      }
      return counts;
    },
  };
}
