import { sign } from 'node:crypto';
import {
  type GatewayCertificate,
  type GatewayEnrollment,
  gatewayCertificate,
  gatewayEnrollment,
  operationPath,
  operations,
} from '@latchwork/contract';
import * as z from 'zod/mini';
import { GatewayError } from '../gateway-error.js';
import type { Enrollment } from './enrollment-file.js';

/** How long the portal may take to answer. */
const limitMs = 30_000;

type Called = 'enrollGateway' | 'renewGatewayCertificate';

/**
 * Gives the portal a code and a certificate request.
 *
 * @throws {@link GatewayError} `enrollment-failed`.
 */
export async function enrollAt(
  portalUrl: string,
  body: { readonly code: string; readonly request: string },
): Promise<GatewayEnrollment> {
  return (await call('enrollGateway', { portalUrl, body, schema: gatewayEnrollment })) as GatewayEnrollment;
}

/**
 * Asks the portal for the next certificate with the one that is held.
 *
 * @throws {@link GatewayError} `enrollment-failed`.
 */
export async function renewAt(
  held: Pick<Enrollment, 'portalUrl' | 'certificate' | 'privateKey'>,
  request: string,
): Promise<GatewayCertificate> {
  const proof = sign('sha256', Buffer.from(request), held.privateKey).toString('base64');
  const body = { certificate: held.certificate, request, proof };
  const schema = gatewayCertificate;
  return (await call('renewGatewayCertificate', { portalUrl: held.portalUrl, body, schema })) as GatewayCertificate;
}

async function call(
  called: Called,
  o: { readonly portalUrl: string; readonly body: unknown; readonly schema: z.ZodMiniType },
): Promise<unknown> {
  const url = `${o.portalUrl.replace(/\/+$/, '')}${operationPath(operations[called], {})}`;
  const failed = (reason: string, cause?: unknown): GatewayError =>
    new GatewayError({ code: 'enrollment-failed', reason }, `The portal gave no certificate (${reason}).`, { cause });
  let reply: Response;
  try {
    reply = await fetch(url, {
      method: operations[called].method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(o.body),
      redirect: 'error',
      signal: AbortSignal.timeout(limitMs),
    });
  } catch (cause) {
    throw failed('portal-unreachable', cause);
  }
  const answer: unknown = await reply.json().catch(() => undefined);
  if (!reply.ok) {
    const problem = z.safeParse(z.object({ code: z.string().check(z.regex(/^[a-z-]{1,64}$/)) }), answer);
    throw failed(problem.data?.code ?? `status-${reply.status}`);
  }
  const read = z.safeParse(o.schema, answer);
  if (!read.success) throw failed('reply-not-understood');
  return read.data;
}
