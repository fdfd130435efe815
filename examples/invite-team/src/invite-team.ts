import { type Client, LatchworkError } from '@latchwork/client';
import type { TeamLine } from './team-list.js';

/** What became of a list: everybody was invited, or nobody was and these lines say why. */
export type Outcome =
  | { readonly invited: readonly string[]; readonly warnings: readonly string[] }
  | { readonly refused: readonly string[] };

/** How a list is sent. */
export interface InviteOptions {
  readonly organizationId: string;
  /** Checks everything and invites nobody. */
  readonly dryRun?: boolean;
}

/** Invites everybody of a list, or nobody: each gets one mail, with one link, for all of their properties. */
export async function inviteTeam(client: Client, lines: readonly TeamLine[], options: InviteOptions): Promise<Outcome> {
  const { organizationId, dryRun = false } = options;
  const ids = new Map<string, string>();
  for await (const property of client.properties.listAll({ organizationId })) ids.set(property.name, property.id);
  const unknown = lines.flatMap(({ email, roles }) =>
    roles.filter(({ property }) => !ids.has(property)).map(({ property }) => `${email}: no property "${property}"`),
  );
  if (unknown.length > 0) return { refused: unknown };

  // #region invite
  const rows = lines.map(({ email, roles }) => ({
    email,
    assignments: roles.map(({ property, role }) => ({ propertyId: ids.get(property) ?? '', role })),
  }));
  try {
    const { invitations, warnings } = await client.invitations.import({ organizationId, rows, dryRun });
    return {
      invited: invitations.map(({ email }) => email),
      warnings: warnings.map((warning) => `${rowOf(warning)}: ${warning.code}`),
    };
  } catch (error) {
    if (!(error instanceof LatchworkError)) throw error;
    switch (error.info.code) {
      case 'batch-refused':
        return { refused: error.info.rows.map(({ row, explanation }) => `${lines[row]?.email}: ${explanation}`) };
      case 'role-level-not-manageable':
        return { refused: [error.info.explanation] };
      case 'invalid-request':
        return { refused: error.info.issues.map(({ pointer, code }) => `${pointer}: ${code}`) };
      default:
        throw error;
    }
  }
  // #endregion

  function rowOf(warning: { readonly code: string; readonly row?: number }): string {
    return warning.row === undefined ? 'everybody' : (lines[warning.row]?.email ?? '');
  }
}

/** Who was invited and has not come yet, with what became of the mail (G52). */
export async function stillAway(client: Client, organizationId: string): Promise<readonly string[]> {
  // #region away
  const away: string[] = [];
  for await (const { invitation, member } of client.invitations.listAll({ organizationId })) {
    if (invitation.state === 'open')
      away.push(`${member.email}: mail ${invitation.mail}, until ${invitation.expiresAt}`);
    if (invitation.state === 'link_expired') away.push(`${member.email}: the link is over; replace the invitation`);
  }
  return away;
  // #endregion
}
