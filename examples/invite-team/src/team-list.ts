import { type HospitalityRole, hospitalityRoles } from '@latchwork/core';

/** One line of a list of people to invite: an address, and the role at each property, by the property's name. */
export interface TeamLine {
  readonly email: string;
  readonly roles: readonly { readonly property: string; readonly role: HospitalityRole }[];
}

/**
 * Reads a list with a line per person: `address, Property = role, Other property = role`. Empty lines and lines that
 * begin with `#` are left out.
 *
 * @throws Error that names the first line that cannot be read.
 */
export function parseTeamList(text: string): readonly TeamLine[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '' || line.trim().startsWith('#')) return [];
    const [email = '', ...pairs] = line.split(',').map((part) => part.trim());
    const roles = pairs.map((pair) => {
      const [property = '', name = ''] = pair.split('=').map((part) => part.trim());
      const role = hospitalityRoles.find((known) => known === name);
      if (property === '' || role === undefined) {
        throw new Error(
          `Line ${index + 1}: "${pair}" is not "Property = role", the role one of ${hospitalityRoles.join(', ')}.`,
        );
      }
      return { property, role };
    });
    return [{ email, roles }];
  });
}
