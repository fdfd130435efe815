import type { Condition, Scope } from './matrix-cell.js';
import { matrixNotes } from './matrix-notes.js';
import { printGrantCeiling, printMatrix } from './matrix-print.js';

const scopeMeanings: Readonly<Record<Scope, string>> = {
  all: 'everything of the property, or of the organization for organization actions',
  assigned: 'only the properties the actor is assigned to, and what belongs to them',
  own: 'only what the actor created or holds',
  'view-only': 'reading only, secrets masked',
  devices: 'only devices, and events about devices',
  'names-of-own-doors': "only the names of doors that the actor's own keys open",
  'names-of-device-doors': 'only the names of doors that have a device',
};

const conditionMeanings: Readonly<Record<Condition, string>> = {
  'within-ceiling': '`decideGrant` must cover the old role, the new role and every property touched',
  'unless-last': 'not when the target is the last active one of its role',
  audited: 'write an audit entry that names the actor',
  'with-key': 'only with an active key; `decideUnlock` answers that',
  'within-door-range':
    "only for doors of the property's door range (`null`: all of them), for the longest stay at most",
  'app-enabled': 'only through an integrated app the property has enabled',
  'remote-unlock-enabled': "only while the property's remote unlock is on",
  'unless-hidden': 'unless the property hides its audit from this role',
  'sso-needs-pro': 'single sign-on methods need the Pro plan',
};

function list(entries: readonly (readonly [string, string])[]): string {
  return entries.map(([name, meaning]) => `- ${name}: ${meaning}`).join('\n');
}

/** How the page is made again; stands on its first line and in the message of the test that finds it out of date. */
export const regenerateCommand =
  'UPDATE_DOCS=1 npx vitest run packages/core/src/matrix-page.test.ts && npx biome check --write docs/integrator';

/** Prints `docs/integrator/who-may-do-what.md`: both matrices, the grant ceiling, and what every word and note in them means. */
export function printMatrixPage(): string {
  return `<!-- Generated from packages/core/src. Make it again with: ${regenerateCommand} -->

# Who may do what

Two questions are never mixed. _May this member manage …?_ Roles answer it, by the tables below, through
\`decidePermission\`. _May this holder open this entrance now?_ Keys answer it, through \`decideUnlock\`. No role opens a door.

✔ allowed · ✘ denied · **own** only what the actor created or holds · ⁿ below the grant ceiling · ★ a reading of ours, see
the notes. Everything is denied that no cell allows, and everything is denied on a property without an assignment.

## Hospitality

${printMatrix('hospitality')}

## Grant ceiling

Rows are the actor, columns the role the target has or would get. An operation is allowed only if the ceiling covers the old
role, the new role and every property touched.

${printGrantCeiling()}

## Workplace

${printMatrix('workplace').replace('*system*', '_system_')}

## What an allowance carries

An allowed decision names a \`scope\`, which the caller applies to the objects it touches:

${list(Object.entries(scopeMeanings).map(([name, meaning]) => [`\`${name}\``, meaning]))}

and \`conditions\`, which the caller checks or fulfills:

${list(Object.entries(conditionMeanings).map(([name, meaning]) => [`\`${name}\``, meaning]))}

## Notes

${list(Object.entries(matrixNotes).map(([note, text]) => [`★${note}`, text]))}
`;
}
