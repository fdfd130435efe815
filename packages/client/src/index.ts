export type {
  ActionAttempt,
  Actor,
  ApiKey,
  AttemptState,
  Device,
  Entrance,
  Event,
  EventType,
  Gateway,
  Key,
  Member,
  Organization,
  Page,
  Problem,
  ProblemCode,
  Property,
  RequestIssue,
  Session,
} from '@latchwork/contract';
export type {
  CallArguments,
  CallableId,
  CallFunction,
  CallInput,
  CallOptions,
  Flat,
  PartOf,
  VersionOf,
} from './call-types.js';
export {
  type AttemptMethods,
  type Client,
  type ClientOptions,
  createClient,
  type EventMethods,
  type UnlockRequest,
  type WaitOptions,
} from './client.js';
export type { FollowBounds, FollowedFeed, FollowInput } from './event-feed.js';
export { type CallFacts, LatchworkError, type LatchworkErrorCode, type LatchworkErrorInfo } from './latchwork-error.js';
export { type ResourceCalls, resourceCalls } from './resource-calls.js';
export type { ItemOf, ListAllFunction, ListName, ResourceMethods, Resources } from './resources.js';
export type { RetryOptions } from './retry-policy.js';
export type { TokenSource, TransportOptions } from './transport.js';
