import {
  createFakeDirectory,
  type FakeDirectory,
  type FakeDirectoryKind,
  type FakeDirectoryOptions,
  startFakeDirectory,
} from '@latchwork/testing';
import { expect } from 'vitest';
import type { DirectoryClock } from './directory-clock.js';
import { DirectoryError, type DirectoryErrorInfo } from './directory-error.js';
import type { DirectorySource } from './directory-source.js';
import { createGoogleSource } from './google/google-source.js';
import { createGraphSource } from './graph/graph-source.js';
import type { HttpOptions } from './http/directory-http.js';
import { createScimSource } from './scim/scim-source.js';

/** A clock on which waiting takes no time at all, and all the time that it should. */
export interface LeapingClock extends DirectoryClock {
  /** How long was waited for, each time. */
  readonly waits: readonly number[];
  after(delayMs: number, run: () => void): () => void;
  pass(ms: number): void;
}

/** Makes a clock at the first of March 2026. */
export function createLeapingClock(): LeapingClock {
  let now = Date.UTC(2026, 2, 1);
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    async wait(delayMs) {
      waits.push(delayMs);
      now += delayMs;
    },
    after(delayMs, run) {
      now += delayMs;
      setImmediate(run);
      return () => undefined;
    },
    pass(ms) {
      now += ms;
    },
  };
}

/** A fake tenant, a source that reads it, and the clock of both. */
export interface FakeTenantRead<K extends FakeDirectoryKind> {
  readonly directory: FakeDirectory<K>;
  readonly source: DirectorySource;
  readonly clock: LeapingClock;
}

/** Makes a fake tenant without a socket, and its source. */
export function readFakeTenant<K extends FakeDirectoryKind>(
  options: FakeDirectoryOptions<K>,
  more: Partial<HttpOptions> & { readonly credential?: 'secret' | 'certificate' } = {},
): FakeTenantRead<K> {
  const clock = createLeapingClock();
  const directory = createFakeDirectory({ clock, ...options });
  return {
    directory,
    clock,
    source: sourceOf(directory, { clock, fetch: directory.fetch, random: () => 0.5, ...more }),
  };
}

/** Starts a fake tenant on loopback, and makes a source that reads it over sockets. */
export async function startFakeTenant<K extends FakeDirectoryKind>(
  options: FakeDirectoryOptions<K>,
  more: Partial<HttpOptions> & { readonly credential?: 'secret' | 'certificate' } = {},
): Promise<FakeTenantRead<K> & AsyncDisposable> {
  const clock = createLeapingClock();
  const directory = await startFakeDirectory({ clock, ...options });
  const source = sourceOf(directory, { clock, random: () => 0.5, ...more });
  return { directory, clock, source, [Symbol.asyncDispose]: () => directory.close() };
}

function sourceOf(
  { kind, urls, credentials }: FakeDirectory,
  { credential = 'secret', ...http }: HttpOptions & { readonly credential?: 'secret' | 'certificate' },
): DirectorySource {
  if (kind === 'microsoft_365') {
    const { tenantId, clientId, clientSecret, certificate, privateKey } =
      credentials as FakeDirectory<'microsoft_365'>['credentials'];
    return createGraphSource({
      ...http,
      tenantId,
      clientId,
      credential:
        credential === 'secret' ? { type: 'secret', clientSecret } : { type: 'certificate', certificate, privateKey },
      baseUrl: urls.base,
      loginUrl: urls.login,
    });
  }
  if (kind === 'google_workspace') {
    return createGoogleSource({
      ...http,
      credential: credentials as FakeDirectory<'google_workspace'>['credentials'],
      baseUrl: urls.base,
      tokenUrl: urls.token,
    });
  }
  return createScimSource({ ...http, ...(credentials as FakeDirectory<'scim'>['credentials']) });
}

/** What a refused reading says, and nothing personal with it. */
export async function refusalOf(reading: Promise<unknown>): Promise<DirectoryErrorInfo> {
  const error: unknown = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DirectoryError);
  return (error as DirectoryError).info;
}

let privateKey: string | undefined;

/** A private key of a fake Google tenant, PKCS #8 PEM. */
export function selfSignedPrivateKey(): string {
  privateKey ??= createFakeDirectory({ kind: 'google_workspace' }).credentials.privateKey;
  return privateKey;
}
