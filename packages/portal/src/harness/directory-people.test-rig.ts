import type { DirectoryReviewRow } from '@latchwork/contract';
import {
  type DirectoryOffice,
  type DirectoryOfficeOptions,
  startDirectoryOffice,
} from './sample-directory.test-rig.js';

/** An address in the domain of the sample directory. */
export const email = (name: string): string => `${name}@corp.example`;

/** People of a directory, with addresses in its domain. */
export const named = (...names: readonly string[]) =>
  names.map((name) => ({ email: email(name), displayName: `The ${name}` }));

/** What a refused call rejects with. */
export const failing = (code: string, rest: object = {}) => ({ info: { code, ...rest } });

/** An office whose synced users sign in with a password, so that they can accept. */
export async function startPasswordOffice(options: DirectoryOfficeOptions = {}): Promise<DirectoryOffice> {
  return await startDirectoryOffice({ ...options, settings: { signInMethod: 'email_password', ...options.settings } });
}

/** The row of a review that is about somebody, conflicts too. */
export async function rowOf(
  at: DirectoryOffice,
  reviewId: string,
  name: string,
): Promise<DirectoryReviewRow | undefined> {
  const person = at.fake.people.find(email(name));
  const rows = [...(await at.rows(reviewId)), ...(await at.rows(reviewId, 'conflict'))];
  return rows.find((row) => row.email === email(name) || row.rowId === person?.id);
}

type User = Awaited<ReturnType<DirectoryOffice['admin']['users']['get']>>;

/** Every user of the office. */
export async function usersOf({ admin, office }: DirectoryOffice): Promise<readonly User[]> {
  const users: User[] = [];
  for await (const user of admin.users.listAll({ organizationId: office.organizationId })) users.push(user);
  return users;
}

/** What of the licenses is in use. */
export async function usageOf({ admin, office }: DirectoryOffice) {
  return (await admin.subscription.get({ organizationId: office.organizationId })).usage;
}
