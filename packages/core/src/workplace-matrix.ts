import type { Cell } from './matrix-cell.js';

/** One row: Admin, Coordinator, Member, anyone without a license; and the requirements it follows. */
export type WorkplaceRow = readonly [admin: Cell, coordinator: Cell, member: Cell, unlicensed: Cell, source: string];

/**
 * Who may do what in the workplace scheme (requirement 5.2), one entry per action. A test proves it equal, cell by
 * cell, to the table of the requirements. `directory_sync.apply` belongs to the system principal alone.
 */
export const workplaceMatrix = {
  'admin_dashboard.sign_in': ['allow', 'insights-part', 'reservations-part', 'admin-not-others*a', 'S6–S8, S39'],
  'web_portal.use': ['allow', 'allow', 'allow', 'deny', 'S7, S8, S39'],
  'mobile_app.use': ['allow*b', 'allow*b', 'allow', 'deny', 'S8, S39'],
  'reservation.create_own': ['allow', 'allow', 'allow', 'deny', 'S7, S8'],
  'reservation.edit_own': ['allow', 'allow', 'allow', 'deny', 'S8'],
  'reservation.manage': ['allow', 'allow', 'deny', 'deny', 'S7'],
  'insights.view': ['allow', 'allow', 'deny', 'deny', 'S7'],
  'user.list': ['allow', 'deny*c', 'deny', 'admin', 'S3, S6'],
  'user.invite': ['any-role*d', 'deny', 'deny', 'admin', 'S4, S5'],
  'desk.assign': ['allow', 'deny*e', 'deny', 'admin', 'S5'],
  'user.set_sign_in_method': ['sso-pro', 'deny', 'deny', 'admin', 'S9–S12, S40'],
  'license.assign': ['allow', 'deny', 'deny', 'admin', 'S31, S39'],
  'user.manage': ['never-last-admin', 'deny', 'deny', 'admin', 'S38, S6'],
  'directory.integrate': ['allow', 'deny', 'deny', 'admin', 'S20, S21'],
  'directory.review': ['allow', 'deny', 'deny', 'admin', 'S16, S22'],
  'directory.sync': ['allow', 'deny', 'deny', 'admin', 'S28–S37'],
  'plan.manage': ['allow', 'deny', 'deny', 'admin', 'S6'],
  'workplace_settings.edit': ['allow', 'deny', 'deny', 'admin', ''],
  'directory_sync.apply': ['none', 'none', 'none', 'none', 'S17, S18, S27'],
} as const satisfies Record<string, WorkplaceRow>;

/** An action of the workplace scheme. */
export type WorkplaceAction = keyof typeof workplaceMatrix;
