import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type LanRefusalCode, lanChallengeInput, lanTunnelInput, tunnelFramesInput } from '@latchwork/contract';
import * as z from 'zod/mini';
import type { Clock } from '../clock.js';
import { GatewayError } from '../gateway-error.js';
import type { Log } from '../log.js';
import type { Metrics } from '../metrics.js';
import type { LanAdmission } from './lan-admission.js';
import type { LanCertificate } from './lan-certificate.js';
import type { LanTunnels } from './lan-tunnels.js';
import { createRequestBudget } from './request-budget.js';

/** What the LAN's endpoint is wired to. */
export interface LanServerOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly certificate: LanCertificate;
  readonly admission: LanAdmission;
  readonly tunnels: LanTunnels;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'lanRequests'>;
  readonly log: Log;
}

/** The running endpoint. */
export interface LanServer extends AsyncDisposable {
  /** Where apps find it: `https://host:port`, one for each address of the machine that it listens on. */
  readonly urls: readonly string[];
}

const statuses: Readonly<Record<LanRefusalCode, number>> = {
  busy: 429,
  'challenge-unknown': 403,
  'grant-invalid': 403,
  'grant-not-valid-now': 403,
  'invalid-request': 400,
  'no-right': 403,
  'not-found': 404,
  'proof-wrong': 403,
  'rate-limited': 429,
  'signer-unknown': 403,
  'wrong-lock': 403,
};

const largestBodyBytes = 131_072;
const mostUrls = 8;

/** An answer: its status with a body, or why there is none. */
type Answer = { readonly status: number; readonly body: object } | LanRefusalCode;

/**
 * Serves the phones of the property's own network over TLS, WAN or not: a challenge, a tunnel for who holds the key of a grant, its
 * frames, its end. It decides nothing that the lock does not decide again.
 *
 * @throws {@link GatewayError} `lan-address`, when the address is taken or not ours.
 */
export async function startLanServer(options: LanServerOptions): Promise<LanServer> {
  const { host, port, certificate, log, metrics } = options;
  const budget = createRequestBudget(options.clock);
  const server = createServer(
    {
      cert: certificate.certificatePem,
      key: certificate.privateKeyPem,
      minVersion: 'TLSv1.2',
      handshakeTimeout: 10_000,
      headersTimeout: 10_000,
      requestTimeout: 15_000,
    },
    (request, response) => {
      const answering: Answer | Promise<Answer> = budget.take(request.socket.remoteAddress ?? '')
        ? answerTo(options, request)
        : 'rate-limited';
      Promise.resolve(answering)
        .then((answer) => {
          metrics.lanRequests.inc({ outcome: typeof answer === 'string' ? answer : 'ok' });
          send(response, answer);
        })
        .catch((error: unknown) => {
          // Who leaves in the middle of a body has asked for nothing.
          if (request.errored === null) log.error({ err: error }, 'request of the LAN failed unforeseen');
          response.destroy();
        });
    },
  );
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used: ${cause.message}`;
      const info = { code: 'lan-address', host, port } as const;
      reject(new GatewayError(info, `The address ${host}:${port} for the LAN ${why}.`, { cause }));
    });
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    urls: addressesOf(host)
      .slice(0, mostUrls)
      .map((address) => `https://${address.includes(':') ? `[${address}]` : address}:${bound}`),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The machine's own addresses where it listens on all of them. */
function addressesOf(host: string): readonly string[] {
  if (host !== '0.0.0.0' && host !== '::') return [host];
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const ofFamily = all.filter(({ family }) => host === '::' || family === 'IPv4');
  // A link-local address means nothing without the name of the link.
  const outside = ofFamily.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  return (outside.length > 0 ? outside : ofFamily).map(({ address }) => address);
}

async function answerTo(options: LanServerOptions, request: IncomingMessage): Promise<Answer> {
  const { admission, tunnels, log } = options;
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const [, id, what] = /^\/v1\/tunnels\/([0-9a-f]{32})\/(frames|end)$/.exec(path) ?? [];
  if (request.method !== 'POST') return 'not-found';
  if (what === 'end' && id !== undefined) return tunnels.end(id) ? { status: 200, body: {} } : 'not-found';
  const body = await readBody(request);
  if (what === 'frames' && id !== undefined) {
    const given = z.safeParse(tunnelFramesInput, body);
    if (!given.success) return 'invalid-request';
    const answer = await tunnels.exchange(id, given.data);
    return answer === undefined ? 'not-found' : { status: 200, body: answer };
  }
  if (path === '/v1/challenges') {
    const asked = z.safeParse(lanChallengeInput, body);
    if (!asked.success) return 'invalid-request';
    const challenge = admission.challenge(new Uint8Array(Buffer.from(asked.data.publicKey, 'hex')));
    return challenge === undefined
      ? 'rate-limited'
      : { status: 201, body: { challenge: Buffer.from(challenge).toString('hex') } };
  }
  if (path !== '/v1/tunnels') return 'not-found';
  const asked = z.safeParse(lanTunnelInput, body);
  if (!asked.success) return 'invalid-request';
  const admitted = admission.admit(asked.data);
  if ('refused' in admitted) {
    log.warn({ tag: asked.data.tag, code: admitted.refused }, 'phone of the LAN not let in');
    return admitted.refused;
  }
  const { tag, deadlineMs: lifeMs } = asked.data;
  const opened = await tunnels.open({ ...admitted, tag, lifeMs });
  return typeof opened === 'string' ? opened : { status: 201, body: opened };
}

/**
 * The JSON of a body; undefined for one that is none, or too long. That one is read to its end as well: closed under somebody
 * who is still sending, the connection would be reset, and they might never read why.
 */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes <= largestBodyBytes) chunks.push(chunk);
  }
  if (sizeBytes > largestBodyBytes) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, answer: Answer): void {
  const { status, body } = typeof answer === 'string' ? { status: statuses[answer], body: { code: answer } } : answer;
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
