import type { OperationId } from '@latchwork/contract';
import type { CallableId } from './call-types.js';

/** Which call of the API each method of each resource makes. Every `list…` has a twin `list…All` over all pages. */
export const resourceCalls = {
  organizations: {
    create: 'createOrganization',
    list: 'listOrganizations',
    get: 'getOrganization',
    update: 'updateOrganization',
    setUp: 'setUpOrganization',
  },
  accountSetups: { preview: 'previewAccountSetup', complete: 'completeAccountSetup' },
  sessions: {
    create: 'createSession',
    deleteCurrent: 'deleteCurrentSession',
    listMine: 'listMySessions',
    end: 'endSession',
  },
  passwords: { change: 'changePassword', requestReset: 'requestPasswordReset' },
  sso: { start: 'startSso', complete: 'completeSso' },
  properties: {
    create: 'createProperty',
    list: 'listProperties',
    get: 'getProperty',
    update: 'updateProperty',
    remove: 'removeProperty',
  },
  members: {
    list: 'listMembers',
    listOfOrganization: 'listOrganizationMembers',
    get: 'getMember',
    update: 'updateMember',
    setAssignment: 'setAssignment',
    remove: 'removeMember',
    removeFromProperty: 'removeMemberFromProperty',
    leave: 'leave',
  },
  invitations: {
    create: 'inviteTeam',
    import: 'importTeam',
    createForProperty: 'inviteToProperty',
    list: 'listInvitations',
    get: 'getInvitation',
    remove: 'removeInvitation',
    replace: 'replaceInvitation',
  },
  roles: { suggest: 'suggestRole' },
  audit: { list: 'listAudit' },
  accessReview: { list: 'listAccessReview', listOfProperty: 'listPropertyAccessReview' },
  entrances: {
    create: 'createEntrance',
    list: 'listEntrances',
    get: 'getEntrance',
    getAccess: 'getEntranceAccess',
  },
  devices: { create: 'createDevice', list: 'listDevices', get: 'getDevice', remove: 'removeDevice' },
  gateways: { create: 'createGateway', list: 'listGateways', get: 'getGateway', remove: 'removeGateway' },
  guests: {
    create: 'createGuest',
    list: 'listGuests',
    get: 'getGuest',
    update: 'updateGuest',
    remove: 'removeGuest',
  },
  keys: {
    create: 'createKey',
    list: 'listKeys',
    listMine: 'listMyKeys',
    get: 'getKey',
    update: 'updateKey',
    revoke: 'revokeKey',
  },
  revocations: { list: 'listRevocations', get: 'getRevocation' },
  attempts: { get: 'getAttempt', list: 'listEntranceAttempts' },
  events: { list: 'listEvents', listOfOrganization: 'listOrganizationEvents' },
  apiKeys: { create: 'createApiKey', list: 'listApiKeys', rotate: 'rotateApiKey', revoke: 'revokeApiKey' },
  apps: { create: 'createApp', list: 'listApps', get: 'getApp', remove: 'removeApp' },
  integratedApps: { list: 'listIntegratedApps', allow: 'allowIntegratedApp', forbid: 'forbidIntegratedApp' },
  users: {
    invite: 'inviteUsers',
    list: 'listUsers',
    listColleagues: 'listColleagues',
    get: 'getUser',
    update: 'updateUser',
    deactivate: 'deactivateUser',
    reactivate: 'reactivateUser',
    remove: 'removeUser',
  },
  subscription: { get: 'getSubscription', update: 'updateSubscription' },
  desks: { create: 'createDesk', list: 'listDesks', remove: 'removeDesk' },
  reservations: {
    create: 'createReservation',
    list: 'listReservations',
    get: 'getReservation',
    update: 'updateReservation',
    cancel: 'cancelReservation',
  },
  insights: { get: 'getInsights' },
  appGrants: { listMine: 'listMyAppGrants', revokeMine: 'revokeMyAppGrant' },
  webhookEndpoints: {
    create: 'createWebhookEndpoint',
    list: 'listWebhookEndpoints',
    get: 'getWebhookEndpoint',
    update: 'updateWebhookEndpoint',
    remove: 'removeWebhookEndpoint',
    rotateSecret: 'rotateWebhookSecret',
    test: 'sendTestWebhook',
    listDeliveries: 'listWebhookDeliveries',
    redriveDelivery: 'redriveWebhookDelivery',
    redrive: 'redriveWebhooks',
    replay: 'replayWebhooks',
  },
  directoryIntegrations: {
    create: 'createDirectoryIntegration',
    list: 'listDirectoryIntegrations',
    get: 'getDirectoryIntegration',
    update: 'updateDirectoryIntegration',
    remove: 'removeDirectoryIntegration',
    authorize: 'authorizeDirectoryIntegration',
    rotateScimToken: 'rotateScimToken',
    changeAutomaticSync: 'changeAutomaticSync',
  },
  directoryReviews: {
    start: 'startDirectoryReview',
    get: 'getDirectoryReview',
    listRows: 'listDirectoryReviewRows',
    plan: 'planDirectorySync',
    sync: 'applyDirectorySync',
    end: 'endDirectoryReview',
  },
  syncRuns: { start: 'startSyncRun', list: 'listSyncRuns', get: 'getSyncRun', listReceipts: 'listSyncReceipts' },
} as const satisfies Record<string, Record<string, CallableId>>;

/** The type of the table from which every method of the client is made. */
export type ResourceCalls = typeof resourceCalls;
/** What is no method of a resource but of the client itself, or how it follows a feed. */
const ownCalls = ['getMe', 'unlockEntrance', 'streamEvents', 'streamOrganizationEvents'] as const;

/** Every call of the API, in the order of the rows that describe them: so each name stands in an app's bundle once. */
export const callNames: readonly OperationId[] = [
  ...Object.values<Record<string, OperationId>>(resourceCalls).flatMap((calls) => Object.values(calls)),
  ...ownCalls,
];
