import type { Cell } from './matrix-cell.js';

/** One row: the cells in the order of `hospitalityStandings`, and the requirements it follows. */
export type HospitalityRow = readonly [Cell, Cell, Cell, Cell, Cell, Cell, source: string];

/**
 * Who may do what on a property (requirement 5.1), one entry per action. A test proves it equal, cell by cell, to the
 * table of the requirements. Without an assignment to the property everything is denied (G10).
 *
 * The `unlock.*` rows are channels, not permissions to open: only a key opens (`decideUnlock`).
 */
export const hospitalityMatrix = {
  'organization.view': ['allow', 'assigned*1', 'assigned', 'assigned', 'deny', 'deny', 'G8–G10, G43'],
  'organization.manage': ['allow', 'deny*1', 'deny', 'deny', 'deny', 'deny', 'G9'],
  'organization_owner.set': ['never-last', 'deny*2', 'deny', 'deny', 'deny', 'deny', 'G9, G15'],
  'member.list': ['allow', 'assigned-members', 'assigned-members', 'view-only', 'deny', 'deny', 'G6, G21, G28'],

  'member.invite': ['allow', 'allow', 'ceiling', 'deny', 'deny', 'deny', 'G2, G11, G25, G27, G31'],
  'member.edit_role': ['allow', 'incl-owners', 'ceiling', 'deny', 'deny', 'deny', 'G20, G25, G27, G31, G54'],
  'member.edit_properties': [
    'allow',
    'assigned-properties',
    'assigned-properties-ceiling',
    'deny',
    'deny',
    'deny',
    'G20, G23',
  ],
  'invitation.edit_email': ['deny', 'deny', 'deny', 'deny', 'deny', 'deny', 'G19, G53'],
  'invitation.remove': ['allow', 'allow', 'ceiling', 'deny', 'deny', 'deny', 'G52'],
  'member.remove': ['allow', 'allow', 'ceiling', 'deny', 'deny', 'deny', 'G36–G42'],
  'self.remove': ['unless-last', 'unless-last', 'allow', 'deny*3', 'deny*3', 'deny*3', 'silent'],
  'self.raise_role': ['deny', 'none', 'deny', 'deny', 'deny', 'deny', 'G27, G31'],
  'access_review.view': ['allow', 'allow', 'allow', 'view*4', 'deny', 'deny', 'G49'],

  'dashboard.sign_in': ['allow', 'allow', 'allow', 'allow', 'deny', 'app-only*5', 'G28, G32, G34'],
  'dashboard.view': ['allow', 'allow', 'allow', 'allow', 'deny', 'devices', 'G28, G34'],
  'credential.reveal': ['allow', 'allow', 'allow', 'own*6', 'own', 'deny', 'G28'],
  'space.view': ['allow', 'allow', 'allow', 'allow', 'own-doors', 'device-door', 'G28, G34'],
  'space.edit': ['allow', 'allow', 'allow', 'deny', 'deny', 'deny*7', 'G29'],
  'device.view': ['allow', 'allow', 'allow', 'allow', 'deny', 'allow', 'G28, G34'],
  'lock.manage': ['allow', 'allow', 'allow', 'deny', 'deny', 'allow', 'G29, G35'],
  'hub.manage': ['allow', 'allow', 'allow', 'deny', 'deny', 'allow', 'G29, G35'],
  'device.configure': ['allow', 'allow', 'allow', 'deny', 'deny', 'deny*8', 'G29, G34'],
  'key_card.view': ['allow', 'allow', 'allow', 'allow', 'deny', 'allow', 'G28, G35'],
  'key_card.manage': ['allow', 'allow', 'allow', 'deny*9', 'deny', 'allow', 'G35'],
  'key_card.assign': ['allow', 'allow', 'allow', 'own-keys', 'deny', 'deny', 'G30'],
  'key_card.report_lost': ['allow', 'allow', 'allow', 'allow', 'own', 'deny', 'silent'],
  'key.view': ['allow', 'allow', 'allow', 'all', 'own', 'deny', 'G28, G33'],
  'key.create_for_others': ['allow', 'allow', 'allow', 'allow*10', 'deny', 'deny', 'G30'],
  'key.create_for_self': ['audited', 'audited', 'audited', 'approval*10', 'deny', 'deny', 'G30'],
  'key.edit_own': ['allow', 'allow', 'allow', 'allow', 'deny', 'deny', 'G30'],
  'key.edit_others': ['allow', 'allow', 'allow', 'deny*11', 'deny', 'deny', 'G31'],
  'key.share': ['allow', 'allow', 'allow', 'own', 'deny', 'deny', ''],
  'unlock.portal_app': ['allow', 'allow', 'allow', 'allow', 'allow', 'with-key*12', 'G33'],
  'unlock.integrated_app': ['allow', 'allow', 'allow', 'allow', 'allow*13', 'deny*12', 'card, G33, G46'],
  'unlock.dashboard': ['allow', 'allow', 'allow', 'allow*14', 'deny', 'deny', 'G33'],
  'unlock.without_key': ['deny*15', 'deny*15', 'deny', 'deny', 'deny', 'commissioning', ''],
  'portal_settings.edit': ['allow', 'allow', 'allow', 'deny', 'deny', 'deny', 'G29'],
  'connected_app.view': ['allow', 'allow', 'allow', 'allow', 'deny', 'deny', 'G28, G29'],
  'connected_app.edit': ['allow', 'allow', 'allow', 'deny', 'deny', 'deny', 'G28, G29'],
  'integrated_app.allow': ['allow', 'allow', 'allow', 'deny', 'deny', 'deny', 'C7'],
  'audit.view': ['allow', 'allow', 'allow', 'tab*4', 'own-events', 'device-events', 'G28'],
} as const satisfies Record<string, HospitalityRow>;

/** An action of the hospitality scheme. */
export type HospitalityAction = keyof typeof hospitalityMatrix;

/**
 * Actions that may be asked without naming a property: they are about the organization, and the answer's scope tells
 * how far it reaches.
 */
export const organizationActions = [
  'organization.view',
  'organization.manage',
  'organization_owner.set',
  'member.list',
] as const satisfies readonly HospitalityAction[];
