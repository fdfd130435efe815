import { randomBytes } from 'node:crypto';
import type { Instant, OrganizationId, PropertyId } from '@latchwork/core';
import {
  type CommandToken,
  type CryptoProvider,
  type Grant,
  signCommandToken,
  signGrant,
  signPropertyCertificate,
  signTimeToken,
  type TimeToken,
} from '@latchwork/lock-protocol';
import type { Ledger } from '../ledger.js';
import type { Projection } from '../store/projection.js';
import type { SignerUse } from '../store/schema/tenancy.js';
import type { Row } from '../store/store.js';
import type { Sealer } from './sealer.js';

/** A signed token with the certificate that a lock needs to believe it. */
export interface SignedToken {
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
  /** New keys for the uses that a property has none for, because it was made before there were such. */
  makeMissing(request: {
    readonly property: Row<'property'>;
    readonly organization: Row<'organization'>;
    readonly now: Instant;
  }): readonly Row<'propertySigner'>[];
  /** New keys, in the same epoch, in the place of those whose certificate ends within {@link renewalMs}. */
  makeNext(request: {
    readonly property: Row<'property'>;
    readonly organization: Row<'organization'>;
    readonly now: Instant;
  }): readonly Row<'propertySigner'>[];
  /** The certificate that what is signed for locks' sets goes with now. */
  setCertificate(propertyId: PropertyId): Uint8Array;
  /** Signs a command for one lock, one connection and a few seconds. */
  signCommand(propertyId: PropertyId, token: Omit<CommandToken, 'epoch'>): SignedToken;
  /** Signs the time for one lock and one connection. */
  signTime(propertyId: PropertyId, token: Omit<TimeToken, 'epoch'>): SignedToken;
  /** Signs a grant: for a holder's own key, at the locks that it names. */
  signGrant(propertyId: PropertyId, grant: Omit<Grant, 'epoch'>): SignedToken;
  /**
   * Has manifests and bulletins signed for one lock: gives `sign` the key for sets, which it must not keep.
   *
   * @returns what `sign` returns, and the certificate of the key.
   */
  signSet<Signed>(
    propertyId: PropertyId,
    sign: (key: { readonly secret: Uint8Array; readonly epoch: number }) => Signed,
  ): { readonly signed: Signed; readonly certificate: Uint8Array };
  /** The epoch that a property's key for sets signs in. */
  setEpoch(propertyId: PropertyId): number;
  /** Opens every signing key, so that a wrong sealing key shows at start and no unlock waits for it. */
  openAll(): void;
}

/** For whom {@link PropertySigners.makeProperty} makes keys. */
export interface NewPropertyTrust {
  readonly propertyId: PropertyId;
  readonly organization: Row<'organization'>;
  readonly now: Instant;
}

const dayMs = 24 * 60 * 60 * 1000;
/** How long before its end a certificate is renewed: a month before anybody is told that it ends. */
export const renewalMs = 60 * dayMs;
// At most thirteen months (packages/lock-protocol/SPEC.md §5.2); a year leaves a month to renew.
const certificateLifetimeMs = 365 * dayMs;
// A lock's clock may be behind the portal's.
const clockSlackMs = 5 * 60 * 1000;
const firstEpoch = 1;
const uses: readonly SignerUse[] = ['cmd', 'grant', 'set', 'cert'];

interface SignerRequest {
  readonly property: Pick<Row<'property'>, 'id' | 'tag' | 'epoch'>;
  readonly organization: Row<'organization'>;
  readonly now: Instant;
}

interface OpenSigner {
  readonly row: Row<'propertySigner'>;
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
    const row = projection.signers.get(id);
    const known = opened.get(id);
    // It is renewed by any process, at any time.
    if (known !== undefined && known.row === row) return known;
    if (row === undefined) throw new Error(`Property ${propertyId} has no signing key for ${use}.`);
    const signer: OpenSigner = {
      row,
      secret: sealer.open(row.secretSealed, signerContext(row.propertyId, row.use, row.epoch)),
      certificate: new Uint8Array(Buffer.from(row.certificate, 'base64url')),
      epoch: row.epoch,
    };
    opened.set(id, signer);
    return signer;
  };

  const makeSigners = ({ property, organization, now }: SignerRequest, wanted: readonly SignerUse[]) => {
    const { id: propertyId, epoch } = property;
    const rootSecret = sealer.open(organization.rootSecretSealed, rootContext(organization.id));
    const notBefore = Math.floor((now - clockSlackMs) / 1000);
    const expires = Math.floor((now + certificateLifetimeMs) / 1000);
    const signers = wanted.map((use): Row<'propertySigner'> => {
      const { secret, publicKey } = crypto.ed25519KeyPair();
      const names = { property: new Uint8Array(Buffer.from(property.tag, 'hex')), publicKey, use, epoch };
      const certificate = signPropertyCertificate(crypto, rootSecret, { ...names, notBefore, expires });
      return {
        propertyId,
        use,
        epoch,
        publicKey: hexOf(publicKey),
        secretSealed: sealer.seal(secret, signerContext(propertyId, use, epoch)),
        certificate: Buffer.from(certificate).toString('base64url'),
        expiresAt: (expires * 1000) as Instant,
        createdAt: now,
      };
    });
    rootSecret.fill(0);
    return signers;
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
      const tag = randomBytes(8).toString('hex');
      const property = { id: propertyId, tag, epoch: firstEpoch };
      return { tag, epoch: firstEpoch, signers: makeSigners({ property, organization, now }, uses) };
    },

    makeMissing: ({ property, organization, now }) => {
      const missing = uses.filter((use) => projection.signers.get(`${property.id}/${use}`) === undefined);
      return missing.length === 0 ? [] : makeSigners({ property, organization, now }, missing);
    },

    makeNext: ({ property, organization, now }) => {
      const ending = uses.filter((use) => {
        const row = projection.signers.get(`${property.id}/${use}`);
        return row !== undefined && row.expiresAt - now <= renewalMs;
      });
      return ending.length === 0 ? [] : makeSigners({ property, organization, now }, ending);
    },

    setCertificate: (propertyId) => openSigner(propertyId, 'set').certificate,

    signCommand: (propertyId, token) => {
      const { secret, certificate, epoch } = openSigner(propertyId, 'cmd');
      return { token: signCommandToken(crypto, secret, { ...token, epoch }), certificate };
    },

    signTime: (propertyId, token) => {
      const { secret, certificate, epoch } = openSigner(propertyId, 'cmd');
      return { token: signTimeToken(crypto, secret, { ...token, epoch }), certificate };
    },

    signGrant: (propertyId, grant) => {
      const { secret, certificate, epoch } = openSigner(propertyId, 'grant');
      return { token: signGrant(crypto, secret, { ...grant, epoch }), certificate };
    },

    signSet: (propertyId, sign) => {
      const { secret, certificate, epoch } = openSigner(propertyId, 'set');
      return { signed: sign({ secret, epoch }), certificate };
    },

    setEpoch: (propertyId) => openSigner(propertyId, 'set').epoch,

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

/** Gives every property the keys that it was made without: before the first gateway asks for what they sign. */
export async function completeSigners(parts: {
  readonly projection: Projection;
  readonly ledger: Pick<Ledger, 'write'>;
  readonly signers: PropertySigners;
}): Promise<void> {
  const { projection, ledger, signers } = parts;
  await ledger.write((draft) => {
    for (const property of projection.properties.all()) {
      const organization = projection.organizations.get(property.organizationId);
      if (organization === undefined) continue;
      const missing = signers.makeMissing({ property, organization, now: draft.now });
      for (const signer of missing) draft.insert('propertySigner', signer);
    }
  });
}

/** Renews what ends soon: locks learn the new certificate with the first thing that is signed under it. */
export async function renewSigners(parts: {
  readonly projection: Projection;
  readonly ledger: Pick<Ledger, 'write'>;
  readonly signers: PropertySigners;
  readonly now: Instant;
}): Promise<void> {
  const { projection, ledger, signers, now } = parts;
  if (!projection.signers.all().some(({ expiresAt }) => expiresAt - now <= renewalMs)) return;
  await ledger.write((draft) => {
    for (const property of projection.properties.all()) {
      const organization = projection.organizations.get(property.organizationId);
      if (organization === undefined || property.removedAt !== null) continue;
      const next = signers.makeNext({ property, organization, now: draft.now });
      for (const signer of next) draft.update('propertySigner', signer);
    }
  });
}
