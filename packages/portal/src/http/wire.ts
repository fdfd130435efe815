import type {
  ActionAttempt,
  ApiKey,
  App,
  AppGrant,
  Device,
  Entrance,
  Event,
  Gateway,
  IntegratedApp,
  Key,
  Member,
  Organization,
  Property,
  Session,
} from '@latchwork/contract';
import { driverGuarantees } from '@latchwork/contract';
import type { Instant, PropertyId } from '@latchwork/core';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf, timestampOrNull } from '../wire-time.js';
import { memberSeenBy } from './member-wire.js';

/** An organization as the API shows it. */
export function organizationOf(row: Row<'organization'>): Organization {
  const { id, name, kind, schemes, peerManagement, version, rootPublicKey, createdAt } = row;
  return {
    id,
    name,
    kind,
    schemes: [...schemes],
    peerManagement,
    version,
    rootPublicKey,
    createdAt: timestampOf(createdAt),
  };
}

/** A property as the API shows it, with what its locks are given to trust. */
export function propertyOf(row: Row<'property'>, organization: Row<'organization'>): Property {
  const { id, organizationId, name, timeZone, tag, epoch, version, createdAt } = row;
  const lockTrust = { rootPublicKey: organization.rootPublicKey, property: tag, epoch };
  const { remoteUnlock, doorRange, longestStayMs, auditHiddenFromTeam, minimumCardClass = 0 } = row.settings;
  const range = doorRange && [...doorRange];
  const settings = { remoteUnlock, doorRange: range, longestStayMs, auditHiddenFromTeam, minimumCardClass };
  return {
    id,
    organizationId,
    name,
    timeZone,
    lockTrust,
    settings,
    version,
    createdAt: timestampOf(createdAt),
    removedAt: timestampOrNull(row.removedAt),
  };
}

/** A member as somebody sees themselves; whoever is signed in has no open invitation. */
export function memberOf(
  projection: Projection,
  row: Row<'member'>,
  knowsProperty: (propertyId: PropertyId) => boolean,
): Member {
  const view = { row, assignments: projection.assignments.group(row.id), invitation: null };
  return memberSeenBy(view, { knowsProperty, knowsWorkplace: true }, row.createdAt);
}

/** A session as the API shows it. */
export function sessionOf({ id, memberId, channel, method, createdAt, expiresAt }: Row<'session'>): Session {
  return {
    id,
    memberId,
    channel: channel as Session['channel'],
    method,
    createdAt: timestampOf(createdAt),
    expiresAt: timestampOf(expiresAt),
  };
}

/** An API key as the API shows it. */
export function apiKeyOf(row: Row<'apiKey'>, lastUsedAt: Instant | null): ApiKey {
  const { id, organizationId, name, creatorId, scopes, tokenHint: hint, rotatedFromId, createdAt } = row;
  return {
    id,
    organizationId,
    name,
    creatorId,
    scopes: [...scopes],
    hint,
    rotatedFromId,
    createdAt: timestampOf(createdAt),
    expiresAt: timestampOrNull(row.expiresAt),
    lastUsedAt: timestampOrNull(lastUsedAt),
    revokedAt: timestampOrNull(row.revokedAt),
  };
}

/** A registered app as the API shows it: without its secret, of which only a hash is kept. */
export function appOf({ id, organizationId, name, kind, redirectUris, scopes, createdAt }: Row<'app'>): App {
  const createdAtText = timestampOf(createdAt);
  return {
    id,
    organizationId,
    name,
    kind,
    redirectUris: [...redirectUris],
    scopes: [...scopes],
    createdAt: createdAtText,
  };
}

/** An app as a property sees it (C7). */
export function integratedAppOf(app: Row<'app'>, property: Row<'property'>): IntegratedApp {
  const { id: appId, name, scopes } = app;
  return {
    appId,
    propertyId: property.id,
    name,
    scopes: [...scopes],
    allowed: property.integratedApps.includes(appId),
  };
}

/** What a member let an app do, as the API shows it. */
export function appGrantOf(
  { id, appId, propertyId, scopes, createdAt, expiresAt }: Row<'appGrant'>,
  name: string,
): AppGrant {
  return {
    id,
    appId,
    appName: name,
    propertyId,
    scopes: [...scopes],
    createdAt: timestampOf(createdAt),
    expiresAt: timestampOf(expiresAt),
  };
}

/** An entrance as the API shows it. */
export function entranceOf({ id, propertyId, name, createdAt }: Row<'entrance'>): Entrance {
  return { id, propertyId, name, createdAt: timestampOf(createdAt) };
}

/** A device as the API shows it, with the last thing it said, and when it was last heard. */
export function deviceOf(row: Row<'device'>, lastHeardAt: Instant | null): Device {
  const { id, propertyId, kind, name, entranceId, tag, publicKey, identityPublicKey, observation, createdAt } = row;
  const { driver } = row;
  return {
    id,
    propertyId,
    kind,
    name,
    entranceId,
    tag,
    publicKey,
    identityPublicKey,
    driver,
    guarantees: driverGuarantees[driver],
    observation: observation && { ...observation, observedAt: timestampOf(observation.observedAt) },
    lastHeardAt: timestampOrNull(lastHeardAt),
    createdAt: timestampOf(createdAt),
  };
}

/** A gateway as the API shows it. */
export function gatewayOf(row: Row<'gateway'>, lastSeenAt: Instant | null): Gateway {
  const { id, propertyId, name, online, version, lan, createdAt } = row;
  return {
    id,
    propertyId,
    name,
    online,
    lastSeenAt: timestampOrNull(lastSeenAt),
    version,
    lan: lan === null ? null : { urls: [...lan.urls], fingerprint: lan.fingerprint },
    createdAt: timestampOf(createdAt),
  };
}

/** A Key as the API shows it. */
export function keyOf(row: Row<'accessKey'>): Key {
  const { id, propertyId, holderId, creatorId, entranceIds, schedule } = row;
  return {
    id,
    propertyId,
    holderId,
    creatorId,
    entranceIds: [...entranceIds],
    startsAt: timestampOf(row.startsAt),
    endsAt: timestampOrNull(row.endsAt),
    schedule: schedule && { windows: [...schedule.windows] },
    version: row.version,
    createdAt: timestampOf(row.createdAt),
    revokedAt: timestampOrNull(row.revokedAt),
  };
}

/** An attempt as the API shows it. */
export function attemptOf(row: Row<'attempt'>): ActionAttempt {
  const { id, propertyId, entranceId, deviceId, gatewayId, holderId, keyId, actor, channel, state, code, result } = row;
  return {
    id,
    action: 'unlock',
    propertyId,
    entranceId,
    deviceId,
    gatewayId,
    holderId,
    keyId,
    actor,
    channel,
    mode: row.mode,
    state,
    code,
    because: row.because,
    explanation: row.explanation,
    toldBy: result === null ? null : (result.toldBy ?? 'gateway'),
    requestedAt: timestampOf(row.requestedAt),
    deadline: timestampOf(row.deadline),
    timeline: {
      acceptedAt: timestampOrNull(row.acceptedAt),
      sentAt: timestampOrNull(row.sentAt),
      acknowledgedAt: timestampOrNull(row.acknowledgedAt),
      confirmedAt: timestampOrNull(state === 'confirmed' ? row.endedAt : null),
      endedAt: timestampOrNull(row.endedAt),
    },
    ...(result?.spansMs === undefined ? {} : { spansMs: { ...result.spansMs } }),
  };
}

/** An event as the API shows it: its position in the feed is its cursor. */
export function eventOf({ body, position }: Row<'event'>): Event {
  return { ...body, cursor: String(position) };
}
