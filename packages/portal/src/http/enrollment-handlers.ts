import { verify, X509Certificate } from 'node:crypto';
import { createProblem, type GatewayCertificate } from '@latchwork/contract';
import type { Instant } from '@latchwork/core';
import { makeToken, tokenHash } from '../access/bearer-token.js';
import { makeSpokenCode, spokenCodeHash } from '../access/spoken-code.js';
import type { BrokerAuthority, GatewayCertificate as IssuedCertificate } from '../broker/broker-authority.js';
import { endGatewayTrust } from '../broker/gateway-trust.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { timestampOf } from '../wire-time.js';
import { notFound } from './authorize.js';
import type { Handlers, ProblemAnswer } from './call.js';
import { invalidField } from './problem-answer.js';

type EnrollmentOperation = 'createEnrollmentCode' | 'enrollGateway' | 'renewGatewayCertificate';

const codeLifetimeMs = 60 * 60 * 1000;
const codeInvalid: ProblemAnswer = { problem: createProblem('enrollment-code-invalid', {}) };
const certificateRefused: ProblemAnswer = { problem: createProblem('certificate-refused', {}) };

/** Creates the handlers by which gateways get their certificates. */
export function createEnrollmentHandlers(parts: {
  readonly projection: Projection;
  readonly authority: BrokerAuthority;
  /** What gateways connect to. */
  readonly mqttUrl: () => string;
  /** PEM: who certifies the broker. */
  readonly brokerAuthority: () => Promise<string>;
}): Pick<Handlers, EnrollmentOperation> {
  const { projection, authority, mqttUrl, brokerAuthority } = parts;

  const shown = async ({ pem, row }: IssuedCertificate): Promise<GatewayCertificate> => ({
    certificate: pem,
    authority: await brokerAuthority(),
    expiresAt: timestampOf(row.notAfter),
  });

  /** Certifies the key of a request, or says what is wrong with it. */
  const certified = async (id: Row<'gateway'>['id'], request: string): Promise<IssuedCertificate | ProblemAnswer> => {
    try {
      return await authority.certifyGateway(id, request);
    } catch (error) {
      if (error instanceof TypeError) return invalidField('/request', error.message);
      throw error;
    }
  };

  const openEnrollment = (code: string, now: Instant): Row<'gatewayEnrollment'> | undefined => {
    const enrollment = projection.gatewayEnrollments.byUnique(spokenCodeHash(code));
    return enrollment !== undefined && enrollment.endsAt > now ? enrollment : undefined;
  };

  return {
    createEnrollmentCode: async ({ place, caller: { actor }, write }) =>
      await write((draft) => {
        const gateway = place.gateway && projection.gateways.get(place.gateway.id);
        const property = gateway && projection.properties.get(gateway.propertyId);
        if (gateway === undefined || property === undefined) return notFound;
        const code = makeSpokenCode();
        const endsAt = (draft.now + codeLifetimeMs) as Instant;
        const gatewayId = gateway.id;
        const row = { gatewayId, codeHash: spokenCodeHash(code), endsAt, createdAt: draft.now };
        if (projection.gatewayEnrollments.get(gatewayId) === undefined) draft.insert('gatewayEnrollment', row);
        else draft.update('gatewayEnrollment', row);
        const fact = { propertyId: property.id, actor, subject: { gatewayId } };
        draft.audit(property.organizationId, { action: 'gateway.enrollment_code_made', ...fact });
        return { status: 200, body: { gatewayId, code, expiresAt: timestampOf(endsAt) } };
      }),

    enrollGateway: async ({ request: { body }, now, write }) => {
      const found = openEnrollment(body.code, now);
      if (found === undefined) return codeInvalid;
      const certificate = await certified(found.gatewayId, body.request);
      if ('problem' in certificate) return certificate;
      const url = mqttUrl();
      const secret = /^(?:mqtts|wss):/.test(url) ? null : makeToken('gateway');
      const certificateShown = await shown(certificate);
      return await write((draft) => {
        // Of two that come with the same code, the second finds it used up.
        const enrollment = openEnrollment(body.code, draft.now);
        const gateway = enrollment && projection.gateways.get(enrollment.gatewayId);
        const property = gateway && projection.properties.get(gateway.propertyId);
        if (gateway === undefined || property === undefined) return codeInvalid;
        const { id: gatewayId, propertyId } = gateway;
        const { organizationId } = property;
        endGatewayTrust(draft, projection, gatewayId);
        draft.insert('gatewayCertificate', certificate.row);
        // With a certificate there is no password any more that could be used instead of it.
        draft.update('gateway', { ...gateway, secretHash: tokenHash(secret ?? makeToken('gateway')) });
        const actor = { kind: 'gateway', gatewayId } as const;
        draft.audit(organizationId, { action: 'gateway.enrolled', propertyId, actor, subject: { gatewayId } });
        const address = { organizationId, propertyId, gatewayId };
        return { status: 200, body: { ...certificateShown, ...address, mqttUrl: url, secret } };
      });
    },

    renewGatewayCertificate: async ({ request: { body }, now, write }) => {
      const proven = provenCertificate(body);
      const held = proven && projection.gatewayCertificates.get(proven.serial);
      const isGood = (row: Row<'gatewayCertificate'> | undefined, at: Instant): row is Row<'gatewayCertificate'> =>
        row !== undefined && row.fingerprint === proven?.fingerprint && row.revokedAt === null && row.notAfter > at;
      if (!isGood(held, now)) return certificateRefused;
      const certificate = await certified(held.gatewayId, body.request);
      if ('problem' in certificate) return certificate;
      const answer = await shown(certificate);
      return await write((draft) => {
        const current = projection.gatewayCertificates.get(held.serial);
        if (!isGood(current, draft.now) || projection.gateways.get(held.gatewayId) === undefined)
          return certificateRefused;
        draft.insert('gatewayCertificate', certificate.row);
        for (const old of projection.gatewayCertificates.group(held.gatewayId)) {
          if (old.notAfter <= draft.now) draft.delete('gatewayCertificate', old);
        }
        return { status: 200, body: answer };
      });
    },
  };
}

/** The certificate whose key signed the request; `undefined` when it did not. */
function provenCertificate(body: {
  readonly certificate: string;
  readonly request: string;
  readonly proof: string;
}): { readonly serial: string; readonly fingerprint: string } | undefined {
  try {
    const certificate = new X509Certificate(body.certificate);
    const proof = Buffer.from(body.proof, 'base64');
    if (!verify('sha256', Buffer.from(body.request), certificate.publicKey, proof)) return undefined;
    const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
    return { serial: certificate.serialNumber.toLowerCase(), fingerprint };
  } catch {
    return undefined;
  }
}
