import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { directoryCredentials } from '@latchwork/contract';
import type { IntegrationId } from '@latchwork/core';
import type { DirectoryKind } from '@latchwork/core/directory';
import type * as z from 'zod/mini';
import type { Sealer } from '../access/sealer.js';
import type { AddressGuard, AddressRefusal } from '../webhooks/address-guard.js';

/** With what the portal signs in to a directory, as it was given. */
export type DirectoryCredentials = z.output<typeof directoryCredentials>;

/** Why credentials cannot be taken. */
export type CredentialsFault =
  | { readonly code: 'credentials-unreadable' }
  | { readonly code: 'address-not-allowed'; readonly because: AddressRefusal };

/** Where a directory that pushes pushes to, below the portal's address. */
export const scimPath = '/scim/v2';

/** The kind of directory that credentials are for. */
export function kindOf({ kind }: Pick<DirectoryCredentials, 'kind'>): DirectoryKind {
  return kind === 'microsoft_365_certificate' ? 'microsoft_365' : kind;
}

/** What of credentials may be shown: whom or which address they are for. */
export function shownOf(credentials: DirectoryCredentials): string {
  switch (credentials.kind) {
    case 'microsoft_365':
    case 'microsoft_365_certificate':
      return credentials.clientId;
    case 'google_workspace':
      return credentials.clientEmail;
    case 'scim_pull':
      return credentials.baseUrl;
    case 'scim_push':
      return scimPath;
  }
}

/** What of credentials can be seen to be wrong without asking the directory. */
export function faultOf(credentials: DirectoryCredentials, guard: AddressGuard): CredentialsFault | undefined {
  switch (credentials.kind) {
    case 'microsoft_365_certificate':
      return isCertificate(credentials.certificate) && isPrivateKey(credentials.privateKey) ? undefined : unreadable;
    case 'google_workspace':
      return isPrivateKey(credentials.privateKey) ? undefined : unreadable;
    case 'scim_pull': {
      const because = guard.refusalOf(new URL(credentials.baseUrl));
      return because && { code: 'address-not-allowed', because };
    }
    default:
      return undefined;
  }
}

const unreadable: CredentialsFault = { code: 'credentials-unreadable' };

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).publicKey.asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

function isPrivateKey(pem: string): boolean {
  try {
    return /^-----BEGIN PRIVATE KEY-----/.test(pem.trim()) && createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}

/** Seals the credentials of an integration; `null` where there is nothing to keep. */
export function sealCredentials(
  sealer: Sealer,
  integrationId: IntegrationId,
  credentials: DirectoryCredentials,
): string | null {
  if (credentials.kind === 'scim_push') return null;
  return sealer.seal(Buffer.from(JSON.stringify(credentials)), contextOf(integrationId));
}

/**
 * Opens what {@link sealCredentials} sealed.
 *
 * @throws PortalError `sealed-data-unreadable`
 */
export function openCredentials(sealer: Sealer, integrationId: IntegrationId, sealed: string): DirectoryCredentials {
  return JSON.parse(Buffer.from(sealer.open(sealed, contextOf(integrationId))).toString()) as DirectoryCredentials;
}

function contextOf(integrationId: IntegrationId): string {
  return `directory_integration/${integrationId}/credentials`;
}
