import type { OperationId } from './routes.js';

/**
 * What a program may be given of its member's rights, for API keys and third-party apps alike. A scope never adds a
 * right: what a call needs is the scope and the member's own permission.
 *
 * `read`: see places, doors, devices, Keys, attempts and events. `unlock`: open doors with the member's own Keys. `keys`:
 * give and revoke Keys. `people`: see, invite and change people. `hardware`: add and remove entrances, locks and gateways.
 * `settings`: properties, organization, subscription, desks, webhooks. No program books desks (S8).
 */
export const apiScopes = ['read', 'unlock', 'keys', 'people', 'hardware', 'settings'] as const;
/** One of {@link apiScopes}. */
export type ApiScope = (typeof apiScopes)[number];

/** The scopes a third-party app can ask a member for. Settings of a tenant are not for apps that act for one person. */
export const appScopes = ['read', 'unlock', 'keys', 'people', 'hardware'] as const satisfies readonly ApiScope[];
/** One of {@link appScopes}. */
export type AppScope = (typeof appScopes)[number];

/**
 * The scope each call needs from a program; `null` for calls that no program may make, however wide its scopes: signing
 * in, API keys, apps and the caller's own sessions, and what only the operator may do. A signed-in person has every scope.
 */
export const operationScopes = {
  createOrganization: null,
  listOrganizations: null,
  getOrganization: 'read',
  createProperty: 'settings',
  listProperties: 'read',
  getProperty: 'read',
  updateOrganization: 'settings',
  setUpOrganization: null,
  listOrganizationEvents: 'read',
  listAudit: 'settings',
  updateProperty: 'settings',
  removeProperty: 'settings',
  listOrganizationMembers: 'people',
  listMembers: 'people',
  getMember: 'people',
  updateMember: 'people',
  setAssignment: 'people',
  removeMember: 'people',
  removeMemberFromProperty: 'people',
  leave: null,
  inviteTeam: 'people',
  importTeam: 'people',
  inviteToProperty: 'people',
  listInvitations: 'people',
  getInvitation: 'people',
  removeInvitation: 'people',
  replaceInvitation: 'people',
  suggestRole: 'people',
  previewAccountSetup: null,
  completeAccountSetup: null,
  createSession: null,
  deleteCurrentSession: null,
  listMySessions: null,
  endSession: null,
  changePassword: null,
  requestPasswordReset: null,
  startSso: null,
  completeSso: null,
  getMe: 'read',
  listMyKeys: 'read',
  createApiKey: null,
  listApiKeys: null,
  rotateApiKey: null,
  revokeApiKey: null,
  createApp: null,
  listApps: null,
  getApp: null,
  removeApp: null,
  listIntegratedApps: 'read',
  allowIntegratedApp: null,
  forbidIntegratedApp: null,
  listMyAppGrants: null,
  revokeMyAppGrant: null,
  createEntrance: 'hardware',
  listEntrances: 'read',
  getEntrance: 'read',
  createDevice: 'hardware',
  listDevices: 'read',
  getDevice: 'read',
  removeDevice: 'hardware',
  createGateway: 'hardware',
  listGateways: 'read',
  getGateway: 'read',
  removeGateway: 'hardware',
  createKey: 'keys',
  listKeys: 'read',
  getKey: 'read',
  revokeKey: 'keys',
  unlockEntrance: 'unlock',
  getAttempt: 'read',
  listEntranceAttempts: 'read',
  listEvents: 'read',
  streamEvents: 'read',
  inviteUsers: 'people',
  listUsers: 'people',
  listColleagues: null,
  getUser: 'people',
  updateUser: 'people',
  deactivateUser: 'people',
  reactivateUser: 'people',
  removeUser: 'people',
  getSubscription: 'settings',
  updateSubscription: 'settings',
  createDesk: 'settings',
  listDesks: 'settings',
  removeDesk: 'settings',
  createReservation: null,
  listReservations: null,
  getReservation: null,
  updateReservation: null,
  cancelReservation: null,
  getInsights: null,
  createWebhookEndpoint: 'settings',
  listWebhookEndpoints: 'settings',
  getWebhookEndpoint: 'settings',
  updateWebhookEndpoint: 'settings',
  removeWebhookEndpoint: 'settings',
  rotateWebhookSecret: 'settings',
  sendTestWebhook: 'settings',
  listWebhookDeliveries: 'settings',
  redriveWebhookDelivery: 'settings',
  redriveWebhooks: 'settings',
  replayWebhooks: 'settings',
} as const satisfies Record<OperationId, ApiScope | null>;
