import type { DirectoryIntegration } from '@latchwork/contract';
import type { DirectoryKind, HeldReason } from '@latchwork/core/directory';
import { type MailText, oneLine, type Paragraph, writeLetter } from './letter.js';

/** What an Admin is told when the automatic sync of a directory fares otherwise than before; nobody is named in it. */
export interface DirectoryNotice {
  readonly directory: DirectoryKind;
  readonly health: DirectoryIntegration['health'];
  readonly heldBecause: readonly HeldReason[];
}

const directoryNames = {
  microsoft_365: 'Microsoft 365',
  google_workspace: 'Google Workspace',
  scim_pull: 'your SCIM directory',
  scim_push: 'your SCIM directory',
} as const satisfies Record<DirectoryKind, string>;

const subjects = {
  healthy: 'works again',
  held: 'waits for you',
  needs_reauthorization: 'is not let in any more',
  quarantined: 'keeps failing',
} as const satisfies Record<DirectoryNotice['health'], string>;

/** Writes the notice (S21, S36). */
export function renderDirectoryNotice(organizationName: string, notice: DirectoryNotice): MailText {
  const organization = oneLine(organizationName);
  const directory = directoryNames[notice.directory];
  return writeLetter({
    subject: `Automatic sync of ${directory} at ${organization} ${subjects[notice.health]}`,
    opening: paragraphsOf(notice, directory).map((says): Paragraph => ({ says })),
    steps: [],
    closing: [{ says: `You get this mail because you are an Admin of ${organization}.` }],
  });
}

function paragraphsOf({ directory: kind, health, heldBecause }: DirectoryNotice, directory: string): readonly string[] {
  switch (health) {
    case 'healthy':
      return [`Automatic sync of ${directory} has done all that there was to do. Nothing is left for you to do.`];
    case 'needs_reauthorization':
      return [
        `${directory} refuses the access that automatic sync was given: the consent was taken back, or a secret has expired. Until it is let in again no users are read.`,
        'Nobody was removed for it. Give the integration new credentials under Users, Directory Sync, and authorize it.',
      ];
    case 'quarantined':
      return [
        `Automatic sync of ${directory} has failed several times in a row. It goes on trying once a day.`,
        'Nobody was removed for it. What went wrong is told with the last run under Users, Directory Sync.',
      ];
    case 'held':
      return heldBecause.map((reason) =>
        sentenceOf(reason, directory, looks[kind === 'scim_push' ? 'pushed' : 'read']),
      );
  }
}

/** What there is to do: a directory that pushes has no list to choose from. */
const looks = {
  read: 'Nothing was changed. Review the users under Users, Directory Sync, and sync them there if this is right.',
  pushed: 'Nothing was changed. If this is right, deactivate them under Users; the directory then takes it as done.',
} as const;

function sentenceOf(reason: HeldReason, directory: string, look: string): string {
  switch (reason.because) {
    case 'seats-short':
      return `New users of ${directory} were not invited: ${counted(reason.short, 'user license')} missing. None of them was invited, rather than some; everything else was carried over. With enough licenses the next run invites them.`;
    case 'plan-required':
      return `New users of ${directory} were not invited: they would sign in with single sign-on, which your plan does not contain. Everything else was carried over. Choose another way to sign in for them, or another plan; users who are here already keep theirs, and you can switch them to a password.`;
    case 'incomplete':
      return `${directory} did not list its users to the end. ${look}`;
    case 'empty':
      return `${directory} listed no users at all, although there are some here who came from it. ${look}`;
    case 'count-mismatch':
      return `${directory} listed ${reason.distinct} users and counts ${reason.counted}. ${look}`;
    case 'too-many-removed':
      return `${counted(reason.removed, 'user')} to be deactivated, more than the ${reason.allowed} that go without asking. ${look}`;
    case 'too-many-removed-lately':
      return `With this run ${counted(reason.removed, 'user')} to be deactivated within seven days, more than the ${reason.allowed} that go without asking. ${look}`;
    case 'tenant-changed':
      return `${directory} is not the tenant it was at the last sync. ${look}`;
    case 'scope-changed':
      return `Other users of ${directory} are asked for than at the last sync. ${look}`;
  }
}

function counted(number: number, what: string): string {
  return number === 1 ? `1 ${what} is` : `${number} ${what}s are`;
}
