import type { Cell } from './matrix-cell.js';

/** One row: the cells in the order of `hospitalityStandings`. */
export type HospitalityRow = readonly [Cell, Cell, Cell, Cell, Cell, Cell];

/**
 * Who may do what on a property (requirement 5.1), one entry per action. A test proves it equal, cell by cell, to the
 * table of the requirements. Without an assignment to the property everything is denied (G10).
 *
 * The `unlock.*` rows are channels, not permissions to open: only a key opens (`decideUnlock`).
 */
export const hospitalityMatrix = {
  'organization.view': ['allow', 'assigned*1', 'assigned', 'assigned', 'deny', 'deny'],
  'organization.manage': ['allow', 'deny*1', 'deny', 'deny', 'deny', 'deny'],
  'organization_owner.set': ['never-last', 'deny*2', 'deny', 'deny', 'deny', 'deny'],
  'member.list': ['allow', 'assigned-members', 'assigned-members', 'view-only', 'deny', 'deny'],

  'member.invite': ['allow', 'allow', 'ceiling', 'deny', 'deny', 'deny'],
  'member.edit_role': ['allow', 'incl-owners', 'ceiling', 'deny', 'deny', 'deny'],
  'member.edit_properties': ['allow', 'assigned-properties', 'assigned-properties-ceiling', 'deny', 'deny', 'deny'],
  'invitation.edit_email': ['deny', 'deny', 'deny', 'deny', 'deny', 'deny'],
  'invitation.remove': ['allow', 'allow', 'ceiling', 'deny', 'deny', 'deny'],
  'member.remove': ['allow', 'allow', 'ceiling', 'deny', 'deny', 'deny'],
  'self.remove': ['unless-last', 'unless-last', 'allow', 'deny*3', 'deny*3', 'deny*3'],
  'self.raise_role': ['deny', 'none', 'deny', 'deny', 'deny', 'deny'],
  'access_review.view': ['allow', 'allow', 'allow', 'view*4', 'deny', 'deny'],

  'dashboard.sign_in': ['allow', 'allow', 'allow', 'allow', 'deny', 'app-only*5'],
  'dashboard.view': ['allow', 'allow', 'allow', 'allow', 'deny', 'devices'],
  'credential.reveal': ['allow', 'allow', 'allow', 'own*6', 'own', 'deny'],
  'space.view': ['allow', 'allow', 'allow', 'allow', 'own-doors', 'device-door'],
  'space.edit': ['allow', 'allow', 'allow', 'deny', 'deny', 'deny*7'],
  'device.view': ['allow', 'allow', 'allow', 'allow', 'deny', 'allow'],
  'lock.manage': ['allow', 'allow', 'allow', 'deny', 'deny', 'allow'],
  'hub.manage': ['allow', 'allow', 'allow', 'deny', 'deny', 'allow'],
  'device.configure': ['allow', 'allow', 'allow', 'deny', 'deny', 'deny*8'],
  'key_card.view': ['allow', 'allow', 'allow', 'allow', 'deny', 'allow'],
  'key_card.manage': ['allow', 'allow', 'allow', 'deny*9', 'deny', 'allow'],
  'key_card.assign': ['allow', 'allow', 'allow', 'own-keys', 'deny', 'deny'],
  'key_card.report_lost': ['allow', 'allow', 'allow', 'allow', 'own', 'deny'],
  'key.view': ['allow', 'allow', 'allow', 'all', 'own', 'deny'],
  'key.create_for_others': ['allow', 'allow', 'allow', 'allow*10', 'deny', 'deny'],
  'key.create_for_self': ['audited', 'audited', 'audited', 'approval*10', 'deny', 'deny'],
  'key.edit_own': ['allow', 'allow', 'allow', 'allow', 'deny', 'deny'],
  'key.edit_others': ['allow', 'allow', 'allow', 'deny*11', 'deny', 'deny'],
  'key.share': ['allow', 'allow', 'allow', 'own', 'deny', 'deny'],
  'unlock.portal_app': ['allow', 'allow', 'allow', 'allow', 'allow', 'with-key*12'],
  'unlock.integrated_app': ['allow', 'allow', 'allow', 'allow', 'allow*13', 'deny*12'],
  'unlock.dashboard': ['allow', 'allow', 'allow', 'allow*14', 'deny', 'deny'],
  'unlock.without_key': ['deny*15', 'deny*15', 'deny', 'deny', 'deny', 'commissioning'],
  'portal_settings.edit': ['allow', 'allow', 'allow', 'deny', 'deny', 'deny'],
  'connected_app.view': ['allow', 'allow', 'allow', 'allow', 'deny', 'deny'],
  'connected_app.edit': ['allow', 'allow', 'allow', 'deny', 'deny', 'deny'],
  'integrated_app.allow': ['allow', 'allow', 'allow', 'deny', 'deny', 'deny'],
  'audit.view': ['allow', 'allow', 'allow', 'tab*4', 'own-events', 'device-events'],
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
