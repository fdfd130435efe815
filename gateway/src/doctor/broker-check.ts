import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { connect as connectMqtt } from 'mqtt';
import { type Certified, isEncrypted, tlsOf } from '../broker-connection.js';
import type { Enrollment } from '../enrollment/enrollment-file.js';
import { isLoopback } from '../loopback.js';
import type { Secret } from '../secret.js';
import { type Finding, findingsOf } from './finding.js';
import type { Running } from './health-check.js';
import { editSettings, enrollAnew, setSetting, shellWord } from './remedy.js';

/** How far a try to reach the broker came. */
export type BrokerOutcome =
  | { readonly type: 'let-in' }
  /** Something listens; more was not tried, because it would push a gateway off that runs or may run. */
  | { readonly type: 'reached'; readonly because: 'running' | 'may-run' | 'incomplete' }
  /** The broker's answer to the gateway's id and secret (MQTT 3.1.1 §3.2.2.3). */
  | { readonly type: 'refused'; readonly returnCode: number }
  /** Something listens that does not speak MQTT, or keeps silent. */
  | { readonly type: 'not-mqtt' }
  /** The code of Node's error. */
  | { readonly type: 'unreachable'; readonly code: string };

/** Where the broker is and how it took us. */
export interface BrokerFacts {
  readonly host: string;
  readonly port: number;
  readonly encrypted: boolean;
  /** Where the gateway enrolled for the certificate that it signs in with; null where it has a secret. */
  readonly portalUrl: string | null;
  readonly outcome: BrokerOutcome;
}

const unavailable = 3;
const wrongClientId = 2;
const authorityFile = '/etc/latchwork/broker-ca.pem';

/** Says whether the gateway can sign in at its broker; null where none is configured. */
export function decideBroker(facts: BrokerFacts | null): readonly Finding[] {
  const { ok, warning, failure } = findingsOf('broker');
  if (facts === null) {
    return [failure('No broker is set, so none was looked at.', editSettings)];
  }
  const { outcome, host, port, portalUrl } = facts;
  const at = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const open =
    facts.encrypted || isLoopback(host)
      ? []
      : [
          warning(
            `The gateway’s secret goes to ${host} unencrypted. Where the broker offers TLS, use it.`,
            setSetting('LATCHWORK_MQTT_URL', `mqtts://${host.includes(':') ? `[${host}]` : host}:8883`),
          ),
        ];
  switch (outcome.type) {
    case 'let-in':
      return [...open, ok(`The broker at ${at} lets this gateway in.`)];
    case 'reached':
      return [...open, reached(at, outcome.because)];
    case 'refused':
      return [...open, refused({ at, portalUrl, returnCode: outcome.returnCode })];
    case 'not-mqtt':
      if (portalUrl !== null) return [certificateRefused(at, portalUrl)];
      return [...open, failure(`What listens at ${at} does not answer as an MQTT broker.`, editSettings)];
    case 'unreachable':
      // In its own words, or by hanging up.
      if (portalUrl !== null && /_ALERT_|ECONNRESET/.test(outcome.code)) return [certificateRefused(at, portalUrl)];
      return [...open, unreachable({ host, at, code: outcome.code })];
  }
}

function certificateRefused(at: string, portalUrl: string): Finding {
  return findingsOf('broker').failure(
    `The broker at ${at} hangs up on this gateway: its certificate was ended, by a removal or by enrolling anew elsewhere, or no broker for gateways listens there. Have a new code made.`,
    enrollAnew(portalUrl),
  );
}

function reached(at: string, because: Extract<BrokerOutcome, { type: 'reached' }>['because']): Finding {
  const { ok, warning } = findingsOf('broker');
  switch (because) {
    case 'running':
      return ok(
        `The broker at ${at} can be reached. The gateway that runs is signed in or says otherwise under “health”.`,
      );
    case 'may-run':
      return warning(
        `The broker at ${at} can be reached. Signing in was not tried: it would push off the gateway that may be running.`,
        'systemctl status latchwork-gateway',
      );
    case 'incomplete':
      return warning(`The broker at ${at} can be reached. Signing in needs a complete configuration.`, editSettings);
  }
}

function refused({
  at,
  portalUrl,
  returnCode,
}: {
  readonly at: string;
  readonly portalUrl: string | null;
  readonly returnCode: number;
}): Finding {
  const { failure } = findingsOf('broker');
  if (returnCode === unavailable) {
    return failure(`The broker at ${at} is not ready (${returnCode}); the gateway tries again by itself.`, null);
  }
  if (portalUrl !== null) {
    return failure(
      `The broker at ${at} refuses this gateway as it enrolled (${returnCode}). Have a new code made.`,
      enrollAnew(portalUrl),
    );
  }
  const what = returnCode === wrongClientId ? 'the client id of this gateway' : 'the id or the secret of this gateway';
  return failure(
    `The broker at ${at} refuses ${what} (${returnCode}): correct LATCHWORK_GATEWAY_ID and LATCHWORK_GATEWAY_SECRET.`,
    editSettings,
  );
}

function unreachable({
  host,
  at,
  code,
}: {
  readonly host: string;
  readonly at: string;
  readonly code: string;
}): Finding {
  const { failure } = findingsOf('broker');
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return failure(
        `The name ${host} of the broker cannot be resolved (${code}): it is wrong, or this machine has no name server.`,
        `getent hosts ${shellWord(host)} || ${editSettings}`,
      );
    case 'ECONNREFUSED':
      return failure(
        `Nothing listens at ${at}: the broker is not running, or LATCHWORK_MQTT_URL is wrong.`,
        editSettings,
      );
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return failure(
        `Nobody answers at ${at} (${code}): the network is down, or a firewall drops what is sent there.`,
        `ip route && ping -c 3 ${shellWord(host)}`,
      );
    case 'CERT_HAS_EXPIRED':
      return failure(
        `The certificate of the broker at ${at} has expired, or this clock is wrong: renew it there.`,
        'timedatectl',
      );
    case 'CERT_NOT_YET_VALID':
      return failure(
        `The certificate of the broker at ${at} is not valid yet, so this clock is likely behind.`,
        'sudo timedatectl set-ntp true',
      );
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return failure(`The certificate of the broker is for another name than ${host}.`, editSettings);
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return failure(
        `Nobody whom this machine trusts vouches for the certificate of the broker at ${at}: put its authority's certificate into ${authorityFile}.`,
        setSetting('NODE_EXTRA_CA_CERTS', authorityFile),
      );
    default:
      return failure(`The broker at ${at} cannot be reached (${code}).`, editSettings);
  }
}

/** What a try needs; without id or secret it ends when something listens. */
export interface BrokerTarget {
  readonly url: string;
  readonly gatewayId: string | null;
  readonly secret: Secret | null;
  /** What the gateway got when it enrolled; null where it did not. */
  readonly enrollment: (Certified & Pick<Enrollment, 'portalUrl'>) | null;
  readonly running: Running;
}

const limitMs = 10_000;
const defaultPorts: Readonly<Record<string, number>> = { 'mqtt:': 1_883, 'mqtts:': 8_883, 'ws:': 80, 'wss:': 443 };

/** Connects as the gateway would, and says goodbye at once: it neither listens to anything nor leaves a word. */
export async function gatherBroker(target: BrokerTarget): Promise<BrokerFacts> {
  const url = new URL(target.url);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? (defaultPorts[url.protocol] ?? 0) : Number(url.port);
  const { gatewayId, secret, enrollment, running } = target;
  const place = { host, port, encrypted: isEncrypted(target.url), portalUrl: enrollment?.portalUrl ?? null };
  const tls = tlsOf(target.url, enrollment ?? undefined);
  // A key that is not the certificate's is told at once, by throwing.
  const code = await reach(place, tls).catch((error: NodeJS.ErrnoException) => error.code ?? error.name);
  if (code !== null) return { ...place, outcome: { type: 'unreachable', code } };
  if (running !== 'no') {
    return { ...place, outcome: { type: 'reached', because: running === 'yes' ? 'running' : 'may-run' } };
  }
  if (gatewayId === null || (secret === null && enrollment === null)) {
    return { ...place, outcome: { type: 'reached', because: 'incomplete' } };
  }
  const password = secret === null ? {} : { password: secret.reveal() };
  return { ...place, outcome: await signIn({ url: target.url, gatewayId, ...password, tls }) };
}

type Tls = ReturnType<typeof tlsOf>;

/** The code of what went wrong before MQTT, or null when nothing did. */
async function reach(
  { host, port, encrypted }: Pick<BrokerFacts, 'host' | 'port' | 'encrypted'>,
  tls: Tls,
): Promise<string | null> {
  return await new Promise((resolve) => {
    const socket = encrypted
      ? connectTls({ host, port, servername: servername(host), ...tls })
      : connectTcp({ host, port });
    const end = (code: string | null) => {
      socket.destroy();
      resolve(code);
    };
    socket.setTimeout(limitMs, () => end('ETIMEDOUT'));
    socket.once(encrypted ? 'secureConnect' : 'connect', () => end(null));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.name));
  });
}

/** A name for TLS; an address is none (RFC 6066 §3). */
function servername(host: string): string {
  return host.includes(':') || /^\d+(\.\d+){3}$/.test(host) ? '' : host;
}

async function signIn(o: {
  readonly url: string;
  readonly gatewayId: string;
  readonly password?: string;
  readonly tls: Tls;
}): Promise<BrokerOutcome> {
  const client = connectMqtt(o.url, {
    clientId: o.gatewayId,
    username: o.gatewayId,
    ...(o.password === undefined ? {} : { password: o.password }),
    ...o.tls,
    clean: true,
    connectTimeout: limitMs,
    reconnectPeriod: 0,
  });
  const outcome = await new Promise<BrokerOutcome>((resolve) => {
    client.once('connect', () => resolve({ type: 'let-in' }));
    client.once('error', (error: Error & { readonly code?: unknown }) => {
      resolve(typeof error.code === 'number' ? { type: 'refused', returnCode: error.code } : { type: 'not-mqtt' });
    });
    client.once('close', () => resolve({ type: 'not-mqtt' }));
  });
  // What the client says while it ends is not of interest any more.
  client.on('error', () => undefined);
  await client.endAsync(outcome.type !== 'let-in');
  return outcome;
}
