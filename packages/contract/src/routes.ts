import {
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
import {
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
import {
  completeAccountSetup,
  createApiKey,
  createSession,
  deleteCurrentSession,
  getMe,
  listApiKeys,
  listMyKeys,
  revokeApiKey,
} from './routes/sign-in.js';
import {
  createMember,
  createOrganization,
  createProperty,
  getOrganization,
  getProperty,
  listMembers,
  listOrganizations,
  listProperties,
} from './routes/tenancy.js';

/** The whole REST API by operation id: the one table that client, portal and OpenAPI document are made from. */
export const routes = {
  createOrganization,
  listOrganizations,
  getOrganization,
  completeAccountSetup,
  createSession,
  deleteCurrentSession,
  getMe,
  listMyKeys,
  createProperty,
  listProperties,
  getProperty,
  createMember,
  listMembers,
  createEntrance,
  listEntrances,
  getEntrance,
  createDevice,
  listDevices,
  getDevice,
  createGateway,
  listGateways,
  getGateway,
  createKey,
  listKeys,
  getKey,
  revokeKey,
  unlockEntrance,
  getAttempt,
  listEntranceAttempts,
  listEvents,
  streamEvents,
  createApiKey,
  listApiKeys,
  revokeApiKey,
} as const;

/** The type of {@link routes}. */
export type Routes = typeof routes;
/** The name of one call of the API. */
export type OperationId = keyof Routes;
