import * as z from 'zod/mini';
import { act, create, edit, end, list, operation, query, read, submit, tell } from './operation.js';
import { actionAttempt } from './resources/action-attempt.js';
import { alarm } from './resources/alarm.js';
import { apiKey } from './resources/api-key.js';
import { app, appGrant, integratedApp } from './resources/app.js';
import { cardEncoding } from './resources/card-encoding.js';
import { phoneParcels, phoneReceiptsTaken } from './resources/courier.js';
import { credential, keyCard, revealedCode } from './resources/credential.js';
import {
  directoryIntegration,
  directoryReview,
  directoryReviewRow,
  syncReceipt,
  syncRun,
  syncSummary,
} from './resources/directory.js';
import { doorVisit } from './resources/door-visit.js';
import { enrollmentCode, gatewayCertificate, gatewayEnrollment } from './resources/enrollment.js';
import { entranceAccess } from './resources/entrance-access.js';
import { event } from './resources/event.js';
import { guest } from './resources/guest.js';
import { device, entrance, gateway } from './resources/hardware.js';
import { key } from './resources/key.js';
import { lockLogEntry } from './resources/lock-log.js';
import { member, session } from './resources/member.js';
import { organization, property } from './resources/organization.js';
import { activatedPhone, phoneCode, phoneGrants } from './resources/phone.js';
import { revocation } from './resources/revocation.js';
import { accountSetup } from './resources/sign-in.js';
import { auditEntry, reviewedMember, roleSuggestion, teamInvitation, teamInvitations } from './resources/team.js';
import { tunnel, tunnelFrames } from './resources/tunnel.js';
import { webhookDelivery, webhookEndpoint } from './resources/webhook.js';
import { colleague, desk, insights, reservation, subscription, user, userInvitations } from './resources/workplace.js';

/** A session with its bearer token, which is shown only here, and who it stands for. */
const signedIn = z.object({ token: z.string(), session, member });

/** A `scim_push` integration with its new token, which is shown only here, and where to push to. */
const scimAccess = z.object({ directoryIntegration, baseUrl: z.string(), token: z.string() });

/** An endpoint with a secret of its own, which is shown only here. */
const webhookEndpointWithSecret = z.object({ webhookEndpoint, secret: z.string() });

/**
 * The half of the route table that a caller needs at run time, by operation id. The other half, what a request must
 * satisfy and who may make it, is joined in `routes`; apart, a client's bundle holds no input schema.
 */
export const operations = {
  createOrganization: create(
    '/v1/organizations',
    z.object({ organization, property: z.nullable(property), owner: member }),
  ),
  listOrganizations: list('/v1/organizations', organization),
  getOrganization: read('/v1/organizations/:organizationId', organization),
  updateOrganization: edit('/v1/organizations/:organizationId', organization),
  setUpOrganization: act('/v1/organizations/:organizationId/set-up', organization),
  listOrganizationEvents: list('/v1/organizations/:organizationId/events', event),
  listAudit: list('/v1/organizations/:organizationId/audit', auditEntry),
  createProperty: create('/v1/organizations/:organizationId/properties', property),
  listProperties: list('/v1/organizations/:organizationId/properties', property),
  getProperty: read('/v1/properties/:propertyId', property),
  updateProperty: edit('/v1/properties/:propertyId', property),
  removeProperty: create('/v1/properties/:propertyId/removal', property),
  listOrganizationMembers: list('/v1/organizations/:organizationId/members', member),
  getMember: read('/v1/members/:memberId', member),
  updateMember: edit('/v1/members/:memberId', member),
  setAssignment: edit('/v1/properties/:propertyId/members/:memberId', member),
  removeMember: create('/v1/members/:memberId/removal', member),
  removeMemberFromProperty: create('/v1/properties/:propertyId/members/:memberId/removal', member),
  leave: create('/v1/me/leave', member),
  inviteTeam: create('/v1/organizations/:organizationId/invitations', teamInvitations),
  importTeam: create('/v1/organizations/:organizationId/invitations/import', teamInvitations),
  inviteToProperty: create('/v1/properties/:propertyId/invitations', teamInvitations),
  listInvitations: list('/v1/organizations/:organizationId/invitations', teamInvitation),
  getInvitation: read('/v1/invitations/:invitationId', teamInvitation),
  removeInvitation: act('/v1/invitations/:invitationId/removal', teamInvitation),
  replaceInvitation: create('/v1/invitations/:invitationId/replacement', teamInvitation),
  listAccessReview: list('/v1/organizations/:organizationId/access-review', reviewedMember),
  listPropertyAccessReview: list('/v1/properties/:propertyId/access-review', reviewedMember),
  suggestRole: submit('/v1/role-suggestions', roleSuggestion),
  listMembers: list('/v1/properties/:propertyId/members', member),
  previewAccountSetup: submit('/v1/account-setups/preview', accountSetup),
  completeAccountSetup: submit('/v1/account-setups', z.object({ member })),
  createSession: submit('/v1/sessions', signedIn),
  deleteCurrentSession: end('/v1/sessions/current'),
  listMySessions: list('/v1/me/sessions', session),
  endSession: end('/v1/sessions/:sessionId'),
  changePassword: tell('/v1/me/password'),
  requestPasswordReset: tell('/v1/password-resets'),
  startSso: submit('/v1/sso/authorizations', z.object({ url: z.string() })),
  completeSso: submit('/v1/sso/sessions', signedIn),
  getMe: read(
    '/v1/me',
    z.object({ member, session: z.nullable(session), apiKey: z.nullable(apiKey), appGrant: z.nullable(appGrant) }),
  ),
  listMyKeys: list('/v1/me/keys', key),
  createApiKey: create('/v1/organizations/:organizationId/api-keys', z.object({ apiKey, token: z.string() })),
  listApiKeys: list('/v1/organizations/:organizationId/api-keys', apiKey),
  rotateApiKey: create('/v1/api-keys/:apiKeyId/rotation', z.object({ apiKey, token: z.string() })),
  revokeApiKey: end('/v1/api-keys/:apiKeyId'),
  createApp: create('/v1/organizations/:organizationId/apps', z.object({ app, clientSecret: z.nullable(z.string()) })),
  listApps: list('/v1/organizations/:organizationId/apps', app),
  getApp: read('/v1/apps/:appId', app),
  removeApp: end('/v1/apps/:appId'),
  listIntegratedApps: list('/v1/properties/:propertyId/integrated-apps', integratedApp),
  allowIntegratedApp: operation({
    method: 'PUT',
    path: '/v1/properties/:propertyId/integrated-apps/:appId',
    sends: 'nothing',
    reply: integratedApp,
    media: 'json',
    idempotency: 'none',
    precondition: 'none',
  }),
  forbidIntegratedApp: end('/v1/properties/:propertyId/integrated-apps/:appId'),
  listMyAppGrants: list('/v1/me/app-grants', appGrant),
  revokeMyAppGrant: end('/v1/me/app-grants/:appGrantId'),
  createEntrance: create('/v1/properties/:propertyId/entrances', entrance),
  listEntrances: list('/v1/properties/:propertyId/entrances', entrance),
  getEntrance: read('/v1/entrances/:entranceId', entrance),
  createDevice: create('/v1/properties/:propertyId/devices', device),
  listDevices: list('/v1/properties/:propertyId/devices', device),
  getDevice: read('/v1/devices/:deviceId', device),
  listDeviceLog: list('/v1/devices/:deviceId/log', lockLogEntry),
  removeDevice: end('/v1/devices/:deviceId'),
  createGateway: create(
    '/v1/properties/:propertyId/gateways',
    z.object({ gateway, secret: z.string(), mqttUrl: z.string() }),
  ),
  listGateways: list('/v1/properties/:propertyId/gateways', gateway),
  getGateway: read('/v1/gateways/:gatewayId', gateway),
  removeGateway: end('/v1/gateways/:gatewayId'),
  createEnrollmentCode: act('/v1/gateways/:gatewayId/enrollment', enrollmentCode),
  enrollGateway: submit('/v1/gateway-enrollments', gatewayEnrollment),
  renewGatewayCertificate: submit('/v1/gateway-certificates', gatewayCertificate),
  createGuest: create('/v1/properties/:propertyId/guests', guest),
  listGuests: list('/v1/properties/:propertyId/guests', guest),
  getGuest: read('/v1/guests/:guestId', guest),
  updateGuest: edit('/v1/guests/:guestId', guest),
  removeGuest: act('/v1/guests/:guestId/removal', guest),
  createKey: create('/v1/properties/:propertyId/keys', key),
  listKeys: list('/v1/properties/:propertyId/keys', key),
  getKey: read('/v1/keys/:keyId', key),
  updateKey: edit('/v1/keys/:keyId', key),
  revokeKey: operation({
    method: 'POST',
    path: '/v1/keys/:keyId/revoke',
    sends: 'nothing',
    reply: key,
    media: 'json',
    idempotency: 'optional',
    precondition: 'none',
  }),
  enrollKeyCard: create('/v1/properties/:propertyId/key-cards', keyCard),
  enrollKeyCardAtLock: create('/v1/devices/:deviceId/key-cards', keyCard),
  listKeyCards: list('/v1/properties/:propertyId/key-cards', keyCard),
  getKeyCard: read('/v1/key-cards/:keyCardId', keyCard),
  reportKeyCardLost: act('/v1/key-cards/:keyCardId/loss', keyCard),
  returnKeyCard: act('/v1/key-cards/:keyCardId/return', keyCard),
  beginCardEncoding: submit('/v1/properties/:propertyId/card-encodings', cardEncoding),
  answerCardEncoding: submit('/v1/key-cards/:keyCardId/encoding-answers', cardEncoding),
  retireKeyCard: act('/v1/key-cards/:keyCardId/retirement', keyCard),
  createCredential: create('/v1/keys/:keyId/credentials', credential),
  listCredentials: list('/v1/keys/:keyId/credentials', credential),
  getCredential: read('/v1/credentials/:credentialId', credential),
  revealCredential: operation({
    method: 'POST',
    path: '/v1/credentials/:credentialId/reveal',
    sends: 'nothing',
    reply: revealedCode,
    media: 'json',
    // Asked again it is told again, as far as there is anything to tell by then, and each time it is audited.
    idempotency: 'none',
    precondition: 'none',
  }),
  removeCredential: act('/v1/credentials/:credentialId/removal', credential),
  createPhoneCode: act('/v1/credentials/:credentialId/phone-code', phoneCode),
  activatePhone: submit('/v1/phone-activations', activatedPhone),
  renewPhoneGrants: submit('/v1/phone-grants', phoneGrants),
  takePhoneParcels: submit('/v1/phone-parcels', phoneParcels),
  bringPhoneReceipts: submit('/v1/phone-receipts', phoneReceiptsTaken),
  getEntranceAccess: read('/v1/entrances/:entranceId/access', entranceAccess),
  listRevocations: list('/v1/properties/:propertyId/revocations', revocation),
  listDoorVisits: list('/v1/properties/:propertyId/door-visits', doorVisit),
  listAlarms: list('/v1/properties/:propertyId/alarms', alarm),
  getRevocation: read('/v1/revocations/:revocationId', revocation),
  unlockEntrance: operation({
    method: 'POST',
    path: '/v1/entrances/:entranceId/unlock',
    sends: 'body',
    reply: actionAttempt,
    media: 'json',
    idempotency: 'required',
    precondition: 'none',
  }),
  openTunnel: submit('/v1/entrances/:entranceId/tunnels', tunnel),
  exchangeTunnelFrames: submit('/v1/tunnels/:attemptId/frames', tunnelFrames),
  endTunnel: submit('/v1/tunnels/:attemptId/end', actionAttempt),
  getAttempt: read('/v1/attempts/:attemptId', actionAttempt),
  listEntranceAttempts: list('/v1/entrances/:entranceId/attempts', actionAttempt),
  listEvents: list('/v1/properties/:propertyId/events', event),
  streamEvents: operation({
    method: 'GET',
    path: '/v1/properties/:propertyId/events/stream',
    sends: 'query',
    reply: event,
    media: 'event-stream',
    idempotency: 'none',
    precondition: 'none',
  }),
  streamOrganizationEvents: operation({
    method: 'GET',
    path: '/v1/organizations/:organizationId/events/stream',
    sends: 'query',
    reply: event,
    media: 'event-stream',
    idempotency: 'none',
    precondition: 'none',
  }),
  inviteUsers: create('/v1/organizations/:organizationId/users/invitations', userInvitations),
  listUsers: list('/v1/organizations/:organizationId/users', user),
  listColleagues: list('/v1/organizations/:organizationId/colleagues', colleague),
  getUser: read('/v1/users/:memberId', user),
  updateUser: edit('/v1/users/:memberId', user),
  deactivateUser: act('/v1/users/:memberId/deactivation', user),
  reactivateUser: create('/v1/users/:memberId/reactivation', user),
  removeUser: create('/v1/users/:memberId/removal', user),
  getSubscription: read('/v1/organizations/:organizationId/subscription', subscription),
  updateSubscription: edit('/v1/organizations/:organizationId/subscription', subscription),
  createDesk: create('/v1/organizations/:organizationId/desks', desk),
  listDesks: list('/v1/organizations/:organizationId/desks', desk),
  removeDesk: act('/v1/desks/:deskId/removal', z.object({ desk, cancelled: z.array(reservation) })),
  createReservation: create('/v1/organizations/:organizationId/reservations', reservation),
  listReservations: list('/v1/organizations/:organizationId/reservations', reservation),
  getReservation: read('/v1/reservations/:reservationId', reservation),
  updateReservation: edit('/v1/reservations/:reservationId', reservation),
  cancelReservation: act('/v1/reservations/:reservationId/cancellation', reservation),
  getInsights: query('/v1/organizations/:organizationId/insights', insights),
  createWebhookEndpoint: create('/v1/organizations/:organizationId/webhook-endpoints', webhookEndpointWithSecret),
  listWebhookEndpoints: list('/v1/organizations/:organizationId/webhook-endpoints', webhookEndpoint),
  getWebhookEndpoint: read('/v1/webhook-endpoints/:webhookEndpointId', webhookEndpoint),
  updateWebhookEndpoint: edit('/v1/webhook-endpoints/:webhookEndpointId', webhookEndpoint),
  removeWebhookEndpoint: end('/v1/webhook-endpoints/:webhookEndpointId'),
  rotateWebhookSecret: create('/v1/webhook-endpoints/:webhookEndpointId/secret-rotation', webhookEndpointWithSecret),
  sendTestWebhook: act('/v1/webhook-endpoints/:webhookEndpointId/test', webhookDelivery),
  listWebhookDeliveries: list('/v1/webhook-endpoints/:webhookEndpointId/deliveries', webhookDelivery),
  redriveWebhookDelivery: act(
    '/v1/webhook-endpoints/:webhookEndpointId/deliveries/:webhookDeliveryId/redrive',
    webhookDelivery,
  ),
  redriveWebhooks: act(
    '/v1/webhook-endpoints/:webhookEndpointId/redrive',
    z.object({ redriven: z.number(), more: z.boolean() }),
  ),
  replayWebhooks: create(
    '/v1/webhook-endpoints/:webhookEndpointId/replay',
    z.object({ queued: z.number(), nextCursor: z.nullable(z.string()) }),
  ),
  createDirectoryIntegration: create('/v1/organizations/:organizationId/directory-integrations', directoryIntegration),
  listDirectoryIntegrations: list('/v1/organizations/:organizationId/directory-integrations', directoryIntegration),
  getDirectoryIntegration: read('/v1/directory-integrations/:integrationId', directoryIntegration),
  updateDirectoryIntegration: edit('/v1/directory-integrations/:integrationId', directoryIntegration),
  removeDirectoryIntegration: end('/v1/directory-integrations/:integrationId'),
  authorizeDirectoryIntegration: act('/v1/directory-integrations/:integrationId/authorization', directoryIntegration),
  rotateScimToken: act('/v1/directory-integrations/:integrationId/scim-token', scimAccess),
  changeAutomaticSync: create('/v1/directory-integrations/:integrationId/automatic-sync', directoryIntegration),
  startDirectoryReview: act('/v1/directory-integrations/:integrationId/reviews', directoryReview),
  getDirectoryReview: read('/v1/directory-reviews/:reviewId', directoryReview),
  listDirectoryReviewRows: list('/v1/directory-reviews/:reviewId/rows', directoryReviewRow),
  endDirectoryReview: end('/v1/directory-reviews/:reviewId'),
  planDirectorySync: create('/v1/directory-reviews/:reviewId/plans', syncSummary),
  applyDirectorySync: create('/v1/directory-reviews/:reviewId/syncs', syncRun),
  startSyncRun: act('/v1/directory-integrations/:integrationId/sync-runs', syncRun),
  listSyncRuns: list('/v1/directory-integrations/:integrationId/sync-runs', syncRun),
  getSyncRun: read('/v1/sync-runs/:syncRunId', syncRun),
  listSyncReceipts: list('/v1/sync-runs/:syncRunId/receipts', syncReceipt),
} as const;
