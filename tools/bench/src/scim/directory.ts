// A Microsoft 365 tenant that is all made up, in a process of its own; renames everybody when it is told to.
import { startFakeDirectory } from '@latchwork/testing';

/** How the parent asks for it. */
export type DirectoryOrder =
  | { readonly order: 'start'; readonly people: number }
  | { readonly order: 'rename'; readonly round: number };

/** Where it is, and how it is signed in to. */
export interface DirectoryPlace {
  readonly urls: { readonly base: string; readonly login: string };
  readonly credentials: { readonly tenantId: string; readonly clientId: string; readonly clientSecret: string };
}

async function start(people: number) {
  const directory = await startFakeDirectory({ kind: 'microsoft_365', people });
  const { urls, credentials } = directory;
  process.send?.({ urls, credentials } satisfies DirectoryPlace);
  return directory;
}

let started: ReturnType<typeof start> | undefined;
process.on('message', async (message: DirectoryOrder) => {
  if (message.order === 'start') {
    started = start(message.people);
    return;
  }
  const directory = await started;
  for (const { id } of directory?.people.all() ?? []) {
    directory?.people.rename(id, { displayName: `Renamed ${message.round} ${id}` });
  }
  process.send?.('renamed');
});
process.once('disconnect', () => process.exit());
