import { grantCeiling } from './grant-ceiling.js';
import { type HospitalityAction, hospitalityMatrix } from './hospitality-matrix.js';
import { type Cell, type CellWord, readCell } from './matrix-cell.js';
import { matrixSources } from './matrix-sources.js';
import { type HospitalityStanding, hospitalityStandings, type RoleScheme } from './role.js';
import { type WorkplaceAction, workplaceMatrix } from './workplace-matrix.js';

/** The printed form of every word of the matrices. An empty one is a cell that only refers to its note. */
const words: Readonly<Record<CellWord, string>> = {
  allow: '✔',
  deny: '✘',
  none: '–',
  assigned: 'assigned only',
  'assigned-members': 'members of own properties',
  'assigned-properties': 'on own properties',
  'assigned-properties-ceiling': 'on own properties ⁿ',
  ceiling: '✔ⁿ',
  'incl-owners': '✔ (incl. Owners)',
  'never-last': '✔ (never the last)',
  'unless-last': '✔ unless last',
  'view-only': 'view only',
  view: 'view',
  all: '✔ all',
  tab: '✔ (a tab)',
  audited: '✔ audited',
  own: 'own',
  'own-keys': 'own keys',
  'own-events': 'own events',
  'own-doors': "names of own keys' doors",
  'device-door': "name of device's door",
  devices: 'devices only',
  'device-events': 'device events',
  'with-key': '✔ if a key is assigned',
  approval: '',
  'app-only': '',
  commissioning: '✘ (commissioning only)',
  'insights-part': '✘ (insights + reservations part only)',
  'reservations-part': '✘ (reservations part only)',
  admin: 'Admin ✔',
  'admin-not-others': 'Admin ✔, others ✘',
  'any-role': '✔ any role',
  'sso-pro': '✔ (SSO: Pro)',
  'never-last-admin': '✔ (never the last Admin)',
};

const standingNames: Readonly<Record<HospitalityStanding, string>> = {
  organization_owner: 'Org Owner',
  owner: 'Owner',
  general_manager: 'General Manager',
  team: 'Team',
  housekeeping: 'Housekeeping',
  installer: 'Installer',
};

/** The label of each row; `null` where the action shares the row above it (`view / edit`). */
const hospitalityLabels: Readonly<Record<HospitalityAction, string | null>> = {
  'organization.view': 'see the organization and all its properties',
  'organization.manage': 'add / remove a property, organization settings',
  'organization_owner.set': 'set or clear the Organization Owner flag',
  'member.list': 'list organization members',
  'member.invite': 'invite',
  'member.edit_role': 'edit role',
  'member.edit_properties': 'edit assigned properties',
  'invitation.edit_email': 'edit e-mail of an invitation',
  'invitation.remove': 'remove invitation',
  'member.remove': 'remove member (typed `remove`)',
  'self.remove': 'remove / demote self',
  'self.raise_role': 'raise own role',
  'access_review.view': 'access review, permission report',
  'dashboard.sign_in': 'sign in to the Portal dashboard',
  'dashboard.view': 'view all tabs',
  'credential.reveal': 'view doorcode values / card numbers',
  'space.view': '**Spaces** view',
  'space.edit': 'Spaces create / edit / delete / link',
  'device.view': '**Devices** view',
  'lock.manage': 'add / remove lock',
  'hub.manage': 'add / remove Goki Air',
  'device.configure': 'edit device settings (passage mode, master code, sound, remote unlock, firmware)',
  'key_card.view': '**Key cards** view stock',
  'key_card.manage': 'add / remove (enrol / retire) card',
  'key_card.assign': 'encode / assign a card to a key',
  'key_card.report_lost': 'report a card lost',
  'key.view': '**Keys** view',
  'key.create_for_others': 'create for others',
  'key.create_for_self': 'create for self',
  'key.edit_own': 'edit / revoke own',
  'key.edit_others': "edit / revoke others'",
  'key.share': 'resend / share credentials',
  'unlock.portal_app': '**Unlock** with an active assigned key, Portal app',
  'unlock.integrated_app': '… through an allowed integrated app',
  'unlock.dashboard': '… remotely from the dashboard, with a key',
  'unlock.without_key': '… without any key',
  'portal_settings.edit': '**Portal Settings** edit',
  'connected_app.view': '**Connected apps** view / edit',
  'connected_app.edit': null,
  'integrated_app.allow': 'allow an integrated app for unlocks',
  'audit.view': '**Logs / audit** view',
};

const hospitalityGroups: Partial<Readonly<Record<HospitalityAction, string>>> = {
  'organization.view': '**Organization**',
  'member.invite': '**Members of a property**',
  'dashboard.sign_in': '**Dashboard**',
};

const workplaceLabels: Readonly<Record<WorkplaceAction, string>> = {
  'admin_dashboard.sign_in': 'sign in to the admin part of the Web Dashboard',
  'web_portal.use': 'web reservation portal',
  'mobile_app.use': 'mobile booking app',
  'reservation.create_own': 'create own reservation',
  'reservation.edit_own': 'edit / cancel own reservation',
  'reservation.manage': "manage others' reservations",
  'insights.view': 'view insights',
  'user.list': 'list users',
  'user.invite': 'invite user, choose role',
  'desk.assign': 'assign desk',
  'user.set_sign_in_method': 'choose / switch sign-in method',
  'license.assign': 'assign / take a license',
  'user.manage': 'change role, deactivate, reactivate',
  'directory.integrate': 'add / remove directory integration',
  'directory.review': 'review directory list',
  'directory.sync': 'sync selected / enable auto-sync',
  'plan.manage': 'plan and billing',
  'workplace_settings.edit': 'groups, organization settings',
  'directory_sync.apply': '*system* `directory_sync`: create member, update mapped fields, deactivate linked',
};

function printCell(cell: Cell): string {
  const { word, note } = readCell(cell);
  return [words[word], note === '' ? '' : `★${note}`].filter((part) => part !== '').join(' ');
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function head(columns: readonly string[]): string[] {
  return [line(columns), `|${'---|'.repeat(columns.length)}`];
}

function printHospitality(): string[] {
  const columns = hospitalityStandings.map((standing) => standingNames[standing]);
  const lines = head(['Action', ...columns, 'Source', 'In code']);
  const entries = Object.entries(hospitalityMatrix) as [HospitalityAction, (typeof hospitalityMatrix)['key.view']][];
  entries.forEach(([action, row], index) => {
    const label = hospitalityLabels[action];
    if (label === null) return;
    const group = hospitalityGroups[action];
    if (group !== undefined) lines.push(line([group, ...columns.map(() => ''), '', '']));
    const next = entries[index + 1];
    const shared = next !== undefined && hospitalityLabels[next[0]] === null ? next : undefined;
    const cells = columns.map((_, column) => {
      const own = printCell(row[column] as Cell);
      const second = shared === undefined ? own : printCell(shared[1][column] as Cell);
      return shared === undefined || (own === '✘' && second === '✘') ? own : `${own} / ${second}`;
    });
    const code = shared === undefined ? `\`${action}\`` : `\`${action}\` / \`${shared[0]}\``;
    lines.push(line([label, ...cells, matrixSources[action], code]));
  });
  return lines;
}

function printWorkplace(): string[] {
  const lines = head(['Action', 'Admin', 'Coordinator', 'Member', 'unlicensed (any role)', 'Source', 'In code']);
  for (const action of Object.keys(workplaceMatrix) as WorkplaceAction[]) {
    const cells = workplaceMatrix[action].map(printCell);
    lines.push(line([workplaceLabels[action], ...cells, matrixSources[action], `\`${action}\``]));
  }
  return lines;
}

/** Prints the matrix of a scheme as a markdown table, one row per row of the requirements, with the actions' names in code. */
export function printMatrix(scheme: RoleScheme): string {
  return (scheme === 'hospitality' ? printHospitality() : printWorkplace()).join('\n');
}

/** Prints the grant-ceiling table as markdown, one row per actor. */
export function printGrantCeiling(): string {
  const lines = head(['Actor', ...hospitalityStandings.map((standing) => standingNames[standing])]);
  for (const actor of hospitalityStandings) {
    const cells = grantCeiling[actor].map((cell) => printCell(cell));
    lines.push(line([standingNames[actor], ...cells]));
  }
  return lines.join('\n');
}
