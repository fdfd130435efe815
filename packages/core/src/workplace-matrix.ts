import type { Cell } from './matrix-cell.js';

/** One row: Admin, Coordinator, Member, anyone without a license. */
export type WorkplaceRow = readonly [admin: Cell, coordinator: Cell, member: Cell, unlicensed: Cell];

/**
 * Who may do what in the workplace scheme (requirement 5.2), one entry per action. A test proves it equal, cell by
 * cell, to the table of the requirements. `directory_sync.apply` belongs to the system principal alone.
 */
export const workplaceMatrix = {
  'admin_dashboard.sign_in': ['allow', 'insights-part', 'reservations-part', 'admin-not-others*a'],
  'web_portal.use': ['allow', 'allow', 'allow', 'deny'],
  'mobile_app.use': ['allow*b', 'allow*b', 'allow', 'deny'],
  'reservation.create_own': ['allow', 'allow', 'allow', 'deny'],
  'reservation.edit_own': ['allow', 'allow', 'allow', 'deny'],
  'reservation.manage': ['allow', 'allow', 'deny', 'deny'],
  'insights.view': ['allow', 'allow', 'deny', 'deny'],
  'user.list': ['allow', 'deny*c', 'deny', 'admin'],
  'user.invite': ['any-role*d', 'deny', 'deny', 'admin'],
  'desk.assign': ['allow', 'deny*e', 'deny', 'admin'],
  'user.set_sign_in_method': ['sso-pro', 'deny', 'deny', 'admin'],
  'license.assign': ['allow', 'deny', 'deny', 'admin'],
  'user.manage': ['never-last-admin', 'deny', 'deny', 'admin'],
  'directory.integrate': ['allow', 'deny', 'deny', 'admin'],
  'directory.review': ['allow', 'deny', 'deny', 'admin'],
  'directory.sync': ['allow', 'deny', 'deny', 'admin'],
  'plan.manage': ['allow', 'deny', 'deny', 'admin'],
  'workplace_settings.edit': ['allow', 'deny', 'deny', 'admin'],
  'directory_sync.apply': ['none', 'none', 'none', 'none'],
} as const satisfies Record<string, WorkplaceRow>;

/** An action of the workplace scheme. */
export type WorkplaceAction = keyof typeof workplaceMatrix;
