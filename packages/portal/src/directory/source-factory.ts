import { setTimeout as wait } from 'node:timers/promises';
import {
  createGoogleSource,
  createGraphSource,
  createScimSource,
  type DirectoryClock,
  type DirectorySource,
} from '@latchwork/directory';
import type { Sealer } from '../access/sealer.js';
import type { Clock } from '../clock.js';
import type { DirectoryConfig } from '../config.js';
import type { Row } from '../store/store.js';
import { type DirectoryCredentials, openCredentials } from './credentials.js';

/** Opens the directory that an integration is for. */
export interface SourceFactory {
  /** `undefined` for a directory that pushes: there is nothing to read. */
  open(integration: Row<'directoryIntegration'>): DirectorySource | undefined;
}

/** Creates the factory. */
export function createSourceFactory(parts: {
  readonly config: DirectoryConfig;
  readonly sealer: Sealer;
  readonly clock: DirectoryClock;
  /** Reaches addresses that an organization gave by itself. */
  readonly guardedFetch: typeof fetch;
}): SourceFactory {
  const { sealer } = parts;
  return {
    open: ({ id, credentialsSealed }) =>
      credentialsSealed === null
        ? undefined
        : sourceOf({ ...parts, credentials: openCredentials(sealer, id, credentialsSealed) }),
  };
}

/** The time as directories are asked by it: the portal's, and the machine's for waiting. */
export function directoryClockOf(clock: Clock): DirectoryClock {
  return {
    now: () => clock.now(),
    wait: async (delayMs, signal) => {
      await wait(delayMs, undefined, signal === undefined ? {} : { signal });
    },
  };
}

function sourceOf(parts: {
  readonly config: DirectoryConfig;
  readonly clock: DirectoryClock;
  readonly guardedFetch: typeof fetch;
  readonly credentials: DirectoryCredentials;
}): DirectorySource | undefined {
  const { config, clock, guardedFetch, credentials } = parts;
  const graph = { clock, baseUrl: config.graphUrl, loginUrl: config.microsoftLoginUrl };
  switch (credentials.kind) {
    case 'microsoft_365': {
      const { tenantId, clientId, clientSecret } = credentials;
      return createGraphSource({ ...graph, tenantId, clientId, credential: { type: 'secret', clientSecret } });
    }
    case 'microsoft_365_certificate': {
      const { tenantId, clientId, certificate, privateKey } = credentials;
      const credential = { type: 'certificate', certificate, privateKey } as const;
      return createGraphSource({ ...graph, tenantId, clientId, credential });
    }
    case 'google_workspace': {
      const { clientEmail, privateKey, adminEmail, customerId } = credentials;
      return createGoogleSource({
        ...{ clock, customerId, baseUrl: config.googleDirectoryUrl, tokenUrl: config.googleTokenUrl },
        credential: { clientEmail, privateKey, adminEmail },
      });
    }
    case 'scim_pull': {
      const { baseUrl, token } = credentials;
      return createScimSource({ clock, baseUrl, token, fetch: guardedFetch });
    }
    case 'scim_push':
      return undefined;
  }
}
