import { randomBytes } from 'node:crypto';
import type { Instant, OrganizationId, PropertyId } from '@latchwork/core';
import {
  type CommandToken,
  type CryptoProvider,
  signCommandToken,
  signPropertyCertificate,
} from '@latchwork/lock-protocol';
import type { Projection } from '../store/projection.js';
import type { SignerUse } from '../store/schema/tenancy.js';
import type { Row } from '../store/store.js';
import type { Sealer } from './sealer.js';

/** A signed command token with the certificate that a lock needs to believe it. */
export interface SignedCommand {
  readonly token: Uint8Array;
  readonly certificate: Uint8Array;
}

/** Makes and uses the signing keys of organizations and properties. Their secrets never leave this object unsealed. */
export interface PropertySigners {
  /** A new root of trust for an organization. */
  makeRoot(organizationId: OrganizationId): Pick<Row<'organization'>, 'rootPublicKey' | 'rootSecretSealed'>;
  /** A new property's tag and its signing keys, certified by the organization's root. */
  makeProperty(request: NewPropertyTrust): {
    readonly tag: string;
    readonly epoch: number;
    readonly signers: readonly Row<'propertySigner'>[];
  };
  /** Signs a command for one lock, one connection and a few seconds. */
  signCommand(propertyId: PropertyId, token: Omit<CommandToken, 'epoch'>): SignedCommand;
  /** Opens every signing key, so that a wrong sealing key shows at start and no unlock waits for it. */
  openAll(): void;
}

/** For whom {@link PropertySigners.makeProperty} makes keys. */
export interface NewPropertyTrust {
  readonly propertyId: PropertyId;
  readonly organization: Row<'organization'>;
  readonly now: Instant;
}

// At most thirteen months (packages/lock-protocol/SPEC.md §5.2); a year leaves a month to renew.
const certificateLifetimeMs = 365 * 24 * 60 * 60 * 1000;
// A lock's clock may be behind the portal's.
const clockSlackMs = 5 * 60 * 1000;
const firstEpoch = 1;
const uses: readonly SignerUse[] = ['cmd', 'grant'];

interface OpenSigner {
  readonly secret: Uint8Array;
  readonly certificate: Uint8Array;
  readonly epoch: number;
}

/** Creates the signers over the projection's sealed rows. */
export function createPropertySigners(parts: {
  readonly crypto: CryptoProvider;
  readonly sealer: Sealer;
  readonly projection: Projection;
}): PropertySigners {
  const { crypto, sealer, projection } = parts;
  const opened = new Map<string, OpenSigner>();

  const openSigner = (propertyId: PropertyId, use: SignerUse): OpenSigner => {
    const id = `${propertyId}/${use}` as const;
    const known = opened.get(id);
    if (known !== undefined) return known;
    const row = projection.signers.get(id);
    if (row === undefined) throw new Error(`Property ${propertyId} has no signing key for ${use}.`);
    const signer: OpenSigner = {
      secret: sealer.open(row.secretSealed, signerContext(row.propertyId, row.use, row.epoch)),
      certificate: new Uint8Array(Buffer.from(row.certificate, 'base64url')),
      epoch: row.epoch,
    };
    opened.set(id, signer);
    return signer;
  };

  return {
    makeRoot: (organizationId) => {
      const root = crypto.ed25519KeyPair();
      return {
        rootPublicKey: hexOf(root.publicKey),
        rootSecretSealed: sealer.seal(root.secret, rootContext(organizationId)),
      };
    },

    makeProperty: ({ propertyId, organization, now }) => {
      const rootSecret = sealer.open(organization.rootSecretSealed, rootContext(organization.id));
      const property = new Uint8Array(randomBytes(8));
      const notBefore = Math.floor((now - clockSlackMs) / 1000);
      const expires = Math.floor((now + certificateLifetimeMs) / 1000);
      const signers = uses.map((use): Row<'propertySigner'> => {
        const { secret, publicKey } = crypto.ed25519KeyPair();
        const certificate = signPropertyCertificate(crypto, rootSecret, {
          property,
          publicKey,
          use,
          epoch: firstEpoch,
          notBefore,
          expires,
        });
        return {
          propertyId,
          use,
          epoch: firstEpoch,
          publicKey: hexOf(publicKey),
          secretSealed: sealer.seal(secret, signerContext(propertyId, use, firstEpoch)),
          certificate: Buffer.from(certificate).toString('base64url'),
          expiresAt: (expires * 1000) as Instant,
          createdAt: now,
        };
      });
      rootSecret.fill(0);
      return { tag: hexOf(property), epoch: firstEpoch, signers };
    },

    signCommand: (propertyId, token) => {
      const { secret, certificate, epoch } = openSigner(propertyId, 'cmd');
      return { token: signCommandToken(crypto, secret, { ...token, epoch }), certificate };
    },

    openAll: () => {
      for (const { propertyId, use } of projection.signers.all()) openSigner(propertyId, use);
    },
  };
}

function rootContext(organizationId: OrganizationId): string {
  return `organization/${organizationId}/root`;
}

function signerContext(propertyId: PropertyId, use: SignerUse, epoch: number): string {
  return `property_signer/${propertyId}/${use}/${epoch}`;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
