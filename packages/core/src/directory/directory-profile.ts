import { isEmailKey, toEmailKey } from '../people/email-address.js';
import type { MemberFacts } from '../people/people-state.js';
import type { DirectoryProfile, ProfileField } from './directory-state.js';
import type { DirectoryUser } from './directory-user.js';
import type { FieldChange } from './sync-plan.js';

/** The longest text that is taken over of a directory, in characters. */
const longestText = 200;

/** Characters that would break a line, or turn the text around them, wherever it is shown. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** What is on one line already, and nothing to look for in it: Latin letters, printable, single spaces. */
const plainLine = /^[!-~\u00a1-\u024f]+(?: [!-~\u00a1-\u024f]+)*$/;

/** The properties beside the address and the name shown, which are compared with what was last applied. */
const furtherFields = ['givenName', 'familyName', 'department', 'title'] as const satisfies readonly ProfileField[];

/** A user's address: as it is written, and in the form that is compared. */
export interface DirectoryAddress {
  readonly email: string;
  readonly emailKey: string;
}

/** A text of a directory as it is kept: on one line, of bounded length; `null` where nothing is left of it. */
export function profileText(text: string | null): string | null {
  if (text !== null && text.length <= longestText && plainLine.test(text)) return text;
  // No more is looked at than could be kept, so that a megabyte costs nothing.
  const line = (text ?? '')
    .slice(0, 4 * longestText)
    .replace(unprintable, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  return line === '' ? null : [...line].slice(0, longestText).join('').trim();
}

/** The user's address; `null` where there is none that can be mailed to. */
export function addressOf({ directoryId, email }: DirectoryUser): DirectoryAddress | null {
  if (email === undefined || email === null || isTombstone(directoryId, email)) return null;
  const emailKey = toEmailKey(email);
  return isEmailKey(emailKey) ? { email: email.trim(), emailKey } : null;
}

/** Microsoft puts the id, without its dashes, before the sign-in name of whoever is deleted: no address of anybody. */
export function isTombstone(directoryId: string, email: string): boolean {
  const mark = directoryId.replaceAll('-', '').toLowerCase();
  return email.trim().toLowerCase().startsWith(mark) && /^[0-9a-f]{32}$/.test(mark);
}

/** What is kept of a user beside the membership: what was said, and for the rest what was known before. */
export function profileAfter(user: DirectoryUser, before: DirectoryProfile | null): DirectoryProfile {
  return profileWith(user, before, addressOf(user));
}

/** The same for somebody whose address has been looked at already. */
export function profileWith(
  user: DirectoryUser,
  before: DirectoryProfile | null,
  address: DirectoryAddress | null,
): DirectoryProfile {
  const field = (name: ProfileField) => {
    const said = user[name];
    return said === undefined ? (before?.[name] ?? null) : profileText(said);
  };
  return {
    // An address that cannot be mailed to changes nothing.
    email: address?.email ?? before?.email ?? null,
    givenName: field('givenName'),
    familyName: field('familyName'),
    displayName: field('displayName'),
    department: field('department'),
    title: field('title'),
  };
}

/** The name that somebody of that profile is shown by; `null` where the directory has none. */
export function nameOf({ displayName, givenName, familyName }: DirectoryProfile): string | null {
  return displayName ?? profileText([givenName, familyName].filter((part) => part !== null).join(' '));
}

/** What changes of a member when the directory has its way. */
export interface ProfileChange {
  readonly changes: readonly FieldChange[];
  /** The new address; `moved` when it is not just written in another way. */
  readonly address: (DirectoryAddress & { readonly moved: boolean }) | null;
  readonly name: string | null;
}

/**
 * Compares a user with the member and with the profile last applied (S26). An address that cannot be mailed to changes
 * nothing, and nobody loses a name because the directory has none.
 */
export function profileChange(
  user: DirectoryUser,
  member: MemberFacts,
  before: DirectoryProfile | null,
): ProfileChange {
  const found = addressOf(user);
  const after = profileWith(user, before, found);
  const changes: FieldChange[] = [];
  const address = found === null || found.email === member.email ? null : found;
  if (address !== null) changes.push({ field: 'email', from: member.email, to: address.email });
  const wanted = nameOf(after);
  const name = wanted === member.name ? null : wanted;
  const displayed = before?.displayName ?? null;
  if (name !== null) changes.push({ field: 'displayName', from: member.name, to: name });
  else if (displayed !== after.displayName && before !== null) {
    changes.push({ field: 'displayName', from: displayed, to: after.displayName });
  }
  for (const field of furtherFields) {
    const from = before?.[field] ?? null;
    if (from !== after[field]) changes.push({ field, from, to: after[field] });
  }
  const moved = address !== null && address.emailKey !== member.emailKey;
  return { changes, address: address === null ? null : { ...address, moved }, name };
}
