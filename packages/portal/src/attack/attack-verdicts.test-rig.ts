import { type OperationId, operationScopes, routes } from '@latchwork/contract';
import {
  createPermissionModel,
  decidePermission,
  type HospitalityAction,
  type Membership,
  type OrganizationId,
  type PermissionModel,
  type PropertyId,
} from '@latchwork/core';
import {
  always,
  type Caller,
  type Case,
  ceiling,
  inWorkplace,
  isOwn,
  isOwner,
  isShut,
  managed,
  ofOrganization,
  onProperty,
  placeOf,
  type Rule,
  sees,
  seesOutside,
  type Verdict,
} from './attack-case.test-rig.js';
import { movedAt, otherRole, standingOfVictim } from './attack-requests.test-rig.js';
import type { Target } from './attack-targets.test-rig.js';
import { type AttackWorld, type PlaceName, places } from './attack-world.test-rig.js';

/** Says what core and the requirements make of a request; the portal is not asked. */
export interface Oracle {
  verdict(operation: OperationId, caller: Caller, target: Target): Verdict;
}

/** Creates the oracle from what is known of a world. */
export function createOracle(world: AttackWorld): Oracle {
  const { things, tenants } = world;
  const organizationId = tenants.own.organizationId as OrganizationId;
  const properties = places.map((place) => ({ propertyId: things[place].propertyId as PropertyId, organizationId }));
  const models = new Map<string, PermissionModel>();
  const modelOf = ({ memberId, standings, workplace }: Caller): PermissionModel => {
    const known = models.get(memberId);
    if (known !== undefined) return known;
    const organizationOwner = standings.harbor === 'organization_owner';
    const assignments = places.flatMap((place) => {
      const role = standings[place];
      return organizationOwner || role === null ? [] : [{ propertyId: things[place].propertyId, role }];
    });
    const membership = { memberId, organizationId, state: 'active', organizationOwner, assignments };
    const membershipThere = {
      ...membership,
      ...(workplace === null ? {} : { workplace: { role: workplace, licensed: true } }),
    };
    const model = createPermissionModel({ properties, memberships: [membershipThere as unknown as Membership] });
    models.set(memberId, model);
    return model;
  };
  const ask = (caller: Caller, action: HospitalityAction, place?: PlaceName) =>
    decidePermission(modelOf(caller), {
      memberId: caller.memberId,
      action,
      ...(place === undefined ? {} : { propertyId: things[place].propertyId }),
    });
  return { verdict: (operation, caller, target) => judge(operation, { caller, target, ask }) };
}

function judge(operation: OperationId, asked: Case): Verdict {
  const { caller } = asked;
  const { auth } = routes[operation];
  if (auth !== 'none') {
    if (caller.kind === 'nobody') return 'unauthenticated';
    if (auth === 'operator') return caller.kind === 'operator' ? rules[operation](asked) : 'forbidden';
    if (caller.kind === 'operator') return 'forbidden';
    if (auth === 'session' && caller.kind !== 'session') return 'forbidden';
    // The app has every scope but this; the API keys have all.
    if (caller.kind === 'app' && operationScopes[operation] === 'settings') return 'scope-missing';
    if (caller.channel === 'mobile_app' && !onMobile.has(operation)) return 'channel-not-allowed';
  }
  return rules[operation](asked);
}

/** What a booking channel is for besides one's own sign-in (S8). */
const onMobile: ReadonlySet<OperationId> = new Set([
  'listDesks',
  'createReservation',
  'listReservations',
  'getReservation',
  'updateReservation',
  'cancelReservation',
  'getMe',
  'deleteCurrentSession',
  'listMySessions',
  'endSession',
  'changePassword',
  'leave',
]);

/** Taking away all that the caller sees of somebody: a removal, or an invitation back. */
const takesAway =
  (action: HospitalityAction): Rule =>
  (asked) => {
    const { caller, target } = asked;
    if (caller.kind === 'app' || !sees(asked)) return 'not-found';
    if (target.victim === 'user') return caller.workplace === 'admin' ? 'allowed' : 'not-found';
    // Requirement 4.1: an Admin reaches into no property.
    if (caller.workplace === 'admin') return 'not-found';
    const seen = places.filter((place) => caller.standings[place] !== null && standingOfVictim(target.victim, place));
    for (const place of seen) {
      const verdict = ceiling(asked, { action, place, from: standingOfVictim(target.victim, place), to: null });
      if (verdict !== 'allowed') return verdict;
    }
    return 'allowed';
  };

const updateMember: Rule = (asked) => {
  const { caller, target } = asked;
  if (caller.kind === 'app' || !sees(asked)) return 'not-found';
  // Nobody raises themselves; an Organization Owner has the flag already.
  if (target.victim === 'self') return isOwner(caller) ? 'allowed' : 'forbidden';
  const place = movedAt(target);
  if (caller.standings[place] === null) return 'property-not-found';
  const from = standingOfVictim(target.victim, place);
  const action = from === null ? 'member.edit_properties' : 'member.edit_role';
  return ceiling(asked, { action, place, from, to: otherRole(target) });
};

const setAssignment = onProperty('member.edit_role', (asked) => {
  const { caller, target } = asked;
  const place = placeOf(asked) ?? 'harbor';
  if (!sees(asked)) return 'not-found';
  if (target.victim === 'self') {
    if (isOwner(caller)) return 'owner-with-assignments';
    return caller.standings[place] === 'owner' ? 'allowed' : 'forbidden';
  }
  const from = standingOfVictim(target.victim, place);
  const verdict = ceiling(asked, { action: 'member.edit_role', place, from, to: otherRole(target) });
  return verdict === 'allowed' && from === 'organization_owner' ? 'owner-with-assignments' : verdict;
});

const removeFromProperty = onProperty('member.remove', (asked) => {
  const { caller, target } = asked;
  const place = placeOf(asked) ?? 'harbor';
  if (target.victim === 'self') return isOwner(caller) ? 'owner-with-assignments' : 'allowed';
  const from = standingOfVictim(target.victim, place);
  if (from === null) return 'not-found';
  const verdict = ceiling(asked, { action: 'member.remove', place, from, to: null });
  return verdict === 'allowed' && from === 'organization_owner' ? 'owner-with-assignments' : verdict;
});

const invite: Rule = (asked) => {
  const { caller, ask } = asked;
  if (!isOwn(asked)) return 'not-found';
  if (caller.standings.harbor === null) return 'batch-refused:property-not-found';
  return ask(caller, 'member.invite', 'harbor').allow ? 'allowed' : 'forbidden';
};

const getEntrance = onProperty('space.view', (asked) => {
  // The doors of her own Keys are all that Housekeeping sees, and she has none.
  return asked.caller.standings[placeOf(asked) ?? 'harbor'] === 'housekeeping' ? 'not-found' : 'allowed';
});

const getKey = onProperty('key.view', (asked) => {
  return asked.caller.standings[placeOf(asked) ?? 'harbor'] === 'housekeeping' ? 'not-found' : 'allowed';
});

/** The guest's Key was given by somebody else: whoever may not revoke it ends no guest who holds it (G31). */
const removeGuest = onProperty('key.create_for_others', onProperty('key.edit_others'));

/** Team does so with Keys of its own alone, and Housekeeping has neither Key nor card there (★6, G30). */
const withOwnKey = (action: HospitalityAction, then: Rule = always('allowed')) =>
  onProperty(action, (asked) => {
    switch (asked.caller.standings[placeOf(asked) ?? 'harbor']) {
      case 'team':
        return 'forbidden';
      case 'housekeeping':
        return 'not-found';
      default:
        return then(asked);
    }
  });

/** Housekeeping reports her own card, and has none. */
const reportLost = onProperty('key_card.report_lost', (asked) => {
  return asked.caller.standings[placeOf(asked) ?? 'harbor'] === 'housekeeping' ? 'not-found' : 'allowed';
});

const unlock: Rule = (asked) => {
  const place = placeOf(asked);
  return place === undefined || asked.caller.standings[place] === null ? 'not-found' : 'unlock-refused';
};

const nowhere: Rule = () => 'not-found';

const getAttempt: Rule = (asked) => {
  const place = placeOf(asked);
  if (place === undefined || isShut(asked, place)) return 'not-found';
  const decision = asked.ask(asked.caller, 'audit.view', place);
  // The attempt is the arranger's: neither Housekeeping's own nor about a device alone.
  return decision.allow && decision.scope !== 'own' && decision.scope !== 'devices' ? 'allowed' : 'not-found';
};

const withApp =
  (then: Rule): Rule =>
  (asked) =>
    asked.target.tenant === 'own' ? then(asked) : 'not-found';

const reviews: Rule = (asked) => {
  const { caller, ask } = asked;
  if (!isOwn(asked)) return 'not-found';
  if (isOwner(caller) || caller.workplace === 'admin') return 'allowed';
  return places.some((place) => ask(caller, 'access_review.view', place).allow && !isShut(asked, place))
    ? 'allowed'
    : 'forbidden';
};

/** A user of the workplace is one thing, a member of the team with no place in it another (requirement 4.1). */
const isUser = ({ victim }: Target) => victim === 'user' || victim === 'self';
const ofUser = (user: Verdict, member: Verdict): Rule =>
  inWorkplace('user.manage', ({ target }) => (isUser(target) ? user : member));

/** Somebody else's reservation: managed in the dashboard alone (S7). */
const reservation =
  (elsewhere: Verdict): Rule =>
  (asked) =>
    inWorkplace('reservation.create_own', ({ caller }) => {
      if (caller.workplace === 'member') return 'not-found';
      return caller.channel === 'dashboard' ? 'allowed' : elsewhere;
    })(asked);

/** The endpoint is switched off, so nothing is sent; who manages it is told so. */
const switchedOff = ofOrganization('organization.manage', always('webhook-endpoint-disabled'));

/** Who may follow the feed of the organization, or read it page by page. */
const hearsOrganization: Rule = (asked) => {
  if (!isOwn(asked)) return 'not-found';
  return isOwner(asked.caller) || asked.caller.workplace === 'admin' ? 'allowed' : 'forbidden';
};

/** The directory of the attacked organization pushes: there is nothing to read. */
const readsDirectory = inWorkplace('directory.sync', always('integration-kind-not-fitting'));

const rules = {
  createOrganization: always('allowed'),
  listOrganizations: always('allowed'),
  setUpOrganization: ({ target }) => (target.tenant === 'nothing' ? 'not-found' : 'allowed'),
  getOrganization: ofOrganization('organization.view'),
  updateOrganization: ofOrganization('organization.manage'),
  listOrganizationEvents: hearsOrganization,
  streamOrganizationEvents: hearsOrganization,
  listAudit: managed,
  previewAccountSetup: always('setup-token-invalid'),
  completeAccountSetup: always('setup-token-invalid'),
  createSession: always('sign-in-failed'),
  deleteCurrentSession: always('allowed'),
  listMySessions: always('allowed'),
  endSession: always('not-found'),
  changePassword: always('sign-in-failed'),
  requestPasswordReset: always('allowed'),
  startSso: always('return-url-not-allowed'),
  completeSso: always('sign-in-failed'),
  getMe: always('allowed'),
  listMyKeys: always('allowed'),
  createProperty: managed,
  listProperties: ofOrganization('organization.view'),
  getProperty: onProperty('organization.view'),
  updateProperty: onProperty('portal_settings.edit'),
  removeProperty: onProperty('organization.manage'),
  listOrganizationMembers: ofOrganization('member.list'),
  listMembers: onProperty('member.list'),
  getMember: (asked) => (seesOutside(asked) ? 'allowed' : 'not-found'),
  updateMember,
  setAssignment,
  removeMember: takesAway('member.remove'),
  removeMemberFromProperty: removeFromProperty,
  leave: ({ caller }) => (isOwner(caller) ? 'owner-with-assignments' : 'property-not-found'),
  inviteTeam: invite,
  importTeam: invite,
  inviteToProperty: onProperty('member.invite'),
  listInvitations: ofOrganization('member.list'),
  getInvitation: (asked) => (seesOutside(asked) ? 'allowed' : 'not-found'),
  removeInvitation: takesAway('invitation.remove'),
  replaceInvitation: takesAway('invitation.remove'),
  listAccessReview: reviews,
  listPropertyAccessReview: onProperty('access_review.view'),
  suggestRole: always('allowed'),
  createEntrance: onProperty('space.edit'),
  listEntrances: onProperty('space.view'),
  getEntrance,
  createDevice: onProperty('lock.manage'),
  listDevices: onProperty('device.view'),
  getDevice: onProperty('device.view'),
  listDeviceLog: onProperty('audit.view'),
  removeDevice: onProperty('lock.manage'),
  createGateway: onProperty('hub.manage'),
  listGateways: onProperty('device.view'),
  getGateway: onProperty('device.view'),
  removeGateway: onProperty('hub.manage'),
  createEnrollmentCode: onProperty('hub.manage'),
  enrollGateway: always('enrollment-code-invalid'),
  renewGatewayCertificate: always('certificate-refused'),
  createGuest: onProperty('key.create_for_others'),
  listGuests: onProperty('key.view'),
  getGuest: getKey,
  updateGuest: onProperty('key.create_for_others'),
  removeGuest,
  createKey: onProperty('key.create_for_others'),
  listKeys: onProperty('key.view'),
  getKey,
  updateKey: onProperty('key.edit_others'),
  revokeKey: onProperty('key.edit_others'),
  getEntranceAccess: getKey,
  listAlarms: onProperty('device.view'),
  listDoorVisits: onProperty('device.view'),
  listRevocations: onProperty('key.view'),
  getRevocation: getKey,
  enrollKeyCard: onProperty('key_card.manage'),
  // No gateway is there.
  enrollKeyCardAtLock: onProperty('key_card.manage', always('gateway-offline')),
  listKeyCards: onProperty('key_card.view'),
  getKeyCard: onProperty('key_card.view'),
  reportKeyCardLost: reportLost,
  // It is in the stock.
  returnKeyCard: onProperty('key_card.manage'),
  retireKeyCard: onProperty('key_card.manage'),
  // No such card is in the stock, and no card's answer fits.
  beginCardEncoding: onProperty('key_card.assign', always('key-card-unknown')),
  answerCardEncoding: onProperty('key_card.assign', always('card-encoding-stale')),
  // A member's Key is put on no code.
  createCredential: withOwnKey('key_card.assign', always('credential-too-weak')),
  listCredentials: getKey,
  getCredential: getKey,
  revealCredential: withOwnKey('credential.reveal'),
  removeCredential: withOwnKey('key_card.assign'),
  // It is a card.
  createPhoneCode: withOwnKey('key_card.assign', always('credential-ended')),
  activatePhone: always('phone-code-invalid'),
  renewPhoneGrants: always('phone-token-invalid'),
  takePhoneParcels: always('phone-token-invalid'),
  bringPhoneReceipts: always('phone-token-invalid'),
  unlockEntrance: unlock,
  openTunnel: unlock,
  // The attempt is no tunnel, and of nobody but who arranged it.
  exchangeTunnelFrames: nowhere,
  endTunnel: nowhere,
  getAttempt,
  listEntranceAttempts: onProperty('audit.view'),
  listEvents: onProperty('audit.view'),
  streamEvents: onProperty('audit.view'),
  createApiKey: managed,
  listApiKeys: managed,
  rotateApiKey: managed,
  revokeApiKey: managed,
  createApp: managed,
  listApps: managed,
  getApp: managed,
  removeApp: managed,
  listIntegratedApps: onProperty('connected_app.view'),
  allowIntegratedApp: withApp(onProperty('integrated_app.allow')),
  forbidIntegratedApp: withApp(onProperty('integrated_app.allow')),
  listMyAppGrants: always('allowed'),
  revokeMyAppGrant: always('not-found'),
  inviteUsers: inWorkplace('user.invite'),
  listUsers: inWorkplace('user.list'),
  listColleagues: inWorkplace('reservation.manage'),
  getUser: inWorkplace('user.list', ({ target }) => (isUser(target) ? 'allowed' : 'not-found')),
  updateUser: ofUser('allowed', 'not-found'),
  deactivateUser: ofUser('state-not-fitting', 'not-found'),
  reactivateUser: (asked) =>
    // Who is active is not reactivated, and nothing changes.
    asked.target.victim === 'self'
      ? ofUser('allowed', 'allowed')(asked)
      : ofUser('state-not-fitting', 'not-found')(asked),
  removeUser: ofUser('allowed', 'not-found'),
  getSubscription: inWorkplace('plan.manage'),
  updateSubscription: inWorkplace('plan.manage'),
  createDesk: inWorkplace('workplace_settings.edit'),
  listDesks: inWorkplace('reservation.create_own'),
  removeDesk: inWorkplace('workplace_settings.edit'),
  createReservation: inWorkplace('reservation.create_own', always('period-invalid')),
  listReservations: inWorkplace('reservation.create_own'),
  getReservation: reservation('not-found'),
  updateReservation: reservation('channel-not-allowed'),
  cancelReservation: reservation('channel-not-allowed'),
  getInsights: inWorkplace('insights.view'),
  createWebhookEndpoint: managed,
  listWebhookEndpoints: managed,
  getWebhookEndpoint: managed,
  updateWebhookEndpoint: managed,
  removeWebhookEndpoint: managed,
  rotateWebhookSecret: managed,
  sendTestWebhook: switchedOff,
  listWebhookDeliveries: managed,
  redriveWebhookDelivery: switchedOff,
  redriveWebhooks: switchedOff,
  replayWebhooks: switchedOff,
  createDirectoryIntegration: inWorkplace('directory.integrate', always('integration-exists')),
  listDirectoryIntegrations: inWorkplace('directory.integrate'),
  getDirectoryIntegration: inWorkplace('directory.integrate'),
  updateDirectoryIntegration: inWorkplace('directory.integrate'),
  removeDirectoryIntegration: inWorkplace('directory.integrate'),
  authorizeDirectoryIntegration: inWorkplace('directory.integrate', always('integration-kind-not-fitting')),
  rotateScimToken: inWorkplace('directory.integrate'),
  // It is off already.
  changeAutomaticSync: inWorkplace('directory.sync'),
  startDirectoryReview: readsDirectory,
  // There is no review, for nobody has let the portal read anything.
  getDirectoryReview: always('not-found'),
  listDirectoryReviewRows: always('not-found'),
  endDirectoryReview: always('not-found'),
  planDirectorySync: always('not-found'),
  applyDirectorySync: always('not-found'),
  startSyncRun: readsDirectory,
  listSyncRuns: inWorkplace('directory.sync'),
  getSyncRun: always('not-found'),
  listSyncReceipts: always('not-found'),
} as const satisfies Record<OperationId, Rule>;
