import type { Channel } from '../channel.js';
import type { MembershipState } from '../membership.js';
import type { ActorRole } from '../permission-decision.js';

/** What people call each role. */
export const roleNames: Readonly<Record<ActorRole, string>> = {
  organization_owner: 'Organization Owner',
  owner: 'Owner',
  general_manager: 'General Manager',
  team: 'Team',
  housekeeping: 'Housekeeping',
  installer: 'Installer',
  admin: 'Admin',
  coordinator: 'Coordinator',
  member: 'Member',
};

/** What each channel is called within a sentence: "through …". */
export const channelNames: Readonly<Record<Channel, string>> = {
  portal_app: 'the Portal app',
  integrated_app: 'an integrated app',
  dashboard: 'the dashboard',
  mobile_app: 'the mobile booking app',
  web_reservation_portal: 'the web reservation portal',
  api: 'the API',
  pms: 'the property management system',
  gateway_local: 'the gateway on site',
  keypad: 'the keypad',
  card: 'a key card',
  ble: 'Bluetooth',
};

/** What a membership's state means, and who can change it. */
export const stateSentences: Readonly<Record<MembershipState, (who: string) => string>> = {
  active: (who) => `${who} is active`,
  inactive: (who) =>
    `${who} has not accepted the invitation yet; accept it, or ask an Owner or General Manager to replace it`,
  deactivated: (who) => `${who} is deactivated; an Admin can reactivate them`,
  removed: (who) => `${who} was removed; an Owner or General Manager can invite them again`,
};

/** Those who manage the members of a property. */
export const managers = 'an Owner or General Manager';

/** Roles as a choice: "Owner, General Manager or Team". */
export function anyOf(roles: readonly ActorRole[]): string {
  const names = roles.map((role) => roleNames[role]);
  const last = names.pop() ?? '';
  return names.length === 0 ? last : `${names.join(', ')} or ${last}`;
}

/** The end of a sentence: who could do it instead (G54). */
export function could(roles: readonly ActorRole[]): string {
  return roles.length === 0 ? 'no role may' : `this takes ${anyOf(roles)}`;
}
