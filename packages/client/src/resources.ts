import type { RouteReply, Routes } from '@latchwork/contract';
import { createCallFunction, type Send } from './call.js';
import type { CallableId, CallFunction, CallInput, CallOptions } from './call-types.js';

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
  entrances: { create: 'createEntrance', list: 'listEntrances', get: 'getEntrance' },
  devices: { create: 'createDevice', list: 'listDevices', get: 'getDevice', remove: 'removeDevice' },
  gateways: { create: 'createGateway', list: 'listGateways', get: 'getGateway', remove: 'removeGateway' },
  keys: {
    create: 'createKey',
    list: 'listKeys',
    listMine: 'listMyKeys',
    get: 'getKey',
    update: 'updateKey',
    revoke: 'revokeKey',
  },
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
/** What a list of the API consists of; `never` for calls that are no list. */
export type ItemOf<Id extends CallableId> =
  RouteReply<Routes[Id]> extends { readonly data: readonly (infer Item)[] } ? Item : never;
/** The names of the methods that read lists. */
export type ListName<Calls> = {
  [Method in keyof Calls]: Calls[Method] extends CallableId
    ? [ItemOf<Calls[Method]>] extends [never]
      ? never
      : Method
    : never;
}[keyof Calls] &
  string;

/** Iterates a whole list, page after page as it is consumed; `limit` is the size of a page. */
export type ListAllFunction<Id extends CallableId> = (
  ...args: Record<never, never> extends CallInput<Routes[Id]>
    ? [input?: CallInput<Routes[Id]>, options?: CallOptions]
    : [input: CallInput<Routes[Id]>, options?: CallOptions]
) => AsyncGenerator<ItemOf<Id>, void, undefined>;

/** The methods of one resource: a function per call, and `list…All` beside each list. */
export type ResourceMethods<Calls extends Record<string, CallableId>> = {
  readonly [Method in keyof Calls]: CallFunction<Routes[Calls[Method]]>;
} & {
  readonly [Method in ListName<Calls> as `${Method}All`]: ListAllFunction<Calls[Method]>;
};

/** Every resource of the client with its methods. */
export type Resources = { readonly [Name in keyof ResourceCalls]: ResourceMethods<ResourceCalls[Name]> };

/** Makes the methods of every resource from {@link resourceCalls}. */
export function createResources(send: Send): Resources {
  const resources: Record<string, Record<string, unknown>> = {};
  for (const [name, calls] of Object.entries<Record<string, CallableId>>(resourceCalls)) {
    const methods: Record<string, unknown> = {};
    for (const [method, id] of Object.entries(calls)) {
      methods[method] = createCallFunction(send, id);
      if (method.startsWith('list')) methods[`${method}All`] = createListAll(send, id);
    }
    resources[name] = methods;
  }
  return resources as unknown as Resources;
}

interface AnyPage {
  readonly data: readonly unknown[];
  readonly nextCursor: string | null;
}

function createListAll(send: Send, id: CallableId) {
  return async function* listAll(
    input: Readonly<Record<string, unknown>> = {},
    options: CallOptions = {},
  ): AsyncGenerator<unknown, void, undefined> {
    let cursor: unknown = input['cursor'];
    for (;;) {
      // The table pairs every `list…` with a route whose reply is a page; the index by any id loses that.
      const page = (await send(
        id,
        { ...input, cursor } as CallInput<Routes[CallableId]>,
        options,
      )) as unknown as AnyPage;
      yield* page.data;
      if (page.nextCursor === null) return;
      cursor = page.nextCursor;
    }
  };
}
