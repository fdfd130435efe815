export { ContractError, type ContractErrorInfo, type SchemaIssue } from './contract-error.js';
export {
  type AckMessage,
  ackMessage,
  type ChallengeMessage,
  type CommandMessage,
  challengeMessage,
  commandMessage,
  encodeGatewayMessage,
  type GatewayMessage,
  type GatewayMessageInput,
  type GatewayMessageKind,
  type GatewayResultCode,
  gatewayMessageMaxChars,
  gatewayResultCodes,
  type LockEventMessage,
  lockEventMessage,
  parseGatewayMessage,
  type StatusMessage,
  statusMessage,
  type TokenRefusal,
  type TokenReply,
  tokenRefusal,
  tokenReply,
  type UnlockCommand,
  type UnlockResultMessage,
  unlockCommand,
  unlockResultMessage,
} from './gateway-messages.js';
export {
  type GatewayAddress,
  type GatewayTopic,
  type GatewayTopicLeaf,
  gatewayTopic,
  gatewayTopicPrefix,
  parseGatewayTopic,
  portalSubscriptions,
} from './gateway-topics.js';
export {
  apiKeyId,
  attemptId,
  deviceId,
  entranceId,
  eventId,
  gatewayId,
  type IdentifierSchema,
  keyId,
  memberId,
  organizationId,
  propertyId,
  sessionId,
} from './identifiers.js';
export {
  createProblem,
  type Problem,
  type ProblemBase,
  type ProblemCode,
  type ProblemDetails,
  type ProblemOf,
  type ProblemRow,
  problemSchema,
  problemTable,
  problemType,
  type RequestIssue,
  readProblem,
  requestIssue,
} from './problem.js';
export type { ReadonlyData } from './readonly-data.js';
export { idempotencyKey, maxWaitSeconds, readPreferredWait } from './request-headers.js';
export {
  type ActionAttempt,
  type AttemptEndState,
  type AttemptState,
  actionAttempt,
  attemptEndStates,
  attemptStates,
  defaultDeadlineMs,
  isEndState,
  unlockInput,
  unlockRefusal,
  unlockRefusals,
} from './resources/action-attempt.js';
export { type Event, type EventType, event, eventStreamHeartbeatMs } from './resources/event.js';
export {
  bolt,
  type Device,
  device,
  deviceInput,
  type Entrance,
  entrance,
  entranceInput,
  type Gateway,
  gateway,
  gatewayInput,
} from './resources/hardware.js';
export { accessSchedule, type Key, key, keyInput } from './resources/key.js';
export {
  type Actor,
  type ApiKey,
  accountSetupInput,
  actor,
  apiKey,
  apiKeyInput,
  channel,
  type Member,
  member,
  memberInput,
  type Session,
  session,
  sessionChannel,
  sessionInput,
} from './resources/member.js';
export {
  type Organization,
  organization,
  organizationInput,
  type Property,
  property,
  propertyInput,
} from './resources/organization.js';
export {
  problemCodesOf,
  type Route,
  type RouteAuth,
  type RouteInput,
  type RouteReply,
  type RouteReplyInput,
  type RouteRequest,
  route,
  routePath,
} from './route.js';
export { parseRouteReply, type RouteReplyResult } from './route-reply.js';
export { parseRouteRequest, type RawRequest, type RouteRequestResult } from './route-request.js';
export {
  createKey,
  getAttempt,
  getKey,
  listEntranceAttempts,
  listEvents,
  listKeys,
  revokeKey,
  streamEvents,
  unlockEntrance,
} from './routes/access.js';
export {
  createDevice,
  createEntrance,
  createGateway,
  getDevice,
  getEntrance,
  getGateway,
  listDevices,
  listEntrances,
  listGateways,
} from './routes/installation.js';
export {
  completeAccountSetup,
  createApiKey,
  createSession,
  deleteCurrentSession,
  getMe,
  listApiKeys,
  listMyKeys,
  revokeApiKey,
} from './routes/sign-in.js';
export {
  createMember,
  createOrganization,
  createProperty,
  getOrganization,
  getProperty,
  listMembers,
  listOrganizations,
  listProperties,
} from './routes/tenancy.js';
export { type OperationId, type Routes, routes } from './routes.js';
export { cursor, type Page, page, pageQuery, timestamp, timestampInput } from './wire-values.js';
