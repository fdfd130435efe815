import { performance } from 'node:perf_hooks';
import { keyCardInput } from '@latchwork/contract';
import { type DeviceId, type GatewayId, isId } from '@latchwork/core';
import {
  type CardReport,
  type CryptoProvider,
  decodeCardReport,
  encodeEnroll,
  LockProtocolError,
  type OperationAnswer,
  openVisit,
} from '@latchwork/lock-protocol';
import * as z from 'zod/mini';
import type { PropertySigners } from '../access/property-signers.js';
import type { LockHearings } from '../alarms/lock-hearing.js';
import type { GatewayLink } from '../broker/gateway-link.js';
import type { Clock } from '../clock.js';
import type { Ledger } from '../ledger.js';
import type { Log } from '../log.js';
import type { PeerCalls } from '../store/peer-calls.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { chooseByHearing } from '../unlock/gateway-choice.js';
import type { OwnTunnel, OwnTunnels } from '../unlock/own-tunnels.js';

const cardReadFaults = ['gateway-offline', 'lock-refused', 'lock-unreachable', 'no-card', 'not-by-driver'] as const;
/** Why a lock read no card. */
export type CardReadFault = (typeof cardReadFaults)[number];

/** A card as it is taken into the stock. */
export type NewKeyCard = z.output<typeof keyCardInput>;

/**
 * Has locks read the cards that are held to them (SPEC §10.10). The portal runs the lock's protocol itself, with a key and a grant of
 * this one reading, so that neither the gateway nor the broker learns what a card says of itself.
 */
export interface CardReader {
  /** Resolves with the first card, or when the time is over, or the caller gone. An unlock that needs the radio goes first. */
  read(
    device: Row<'device'>,
    o: { readonly waitMs: number; readonly signal: AbortSignal },
  ): Promise<CardReport | CardReadFault>;
}

/** What it stands on. */
export interface CardReaderParts {
  readonly projection: Projection;
  readonly signers: Pick<PropertySigners, 'signGrant'>;
  readonly hearings: LockHearings;
  readonly tunnels: Pick<OwnTunnels, 'open'>;
  readonly link: Pick<GatewayLink, 'isReachable'>;
  readonly ledger: Pick<Ledger, 'fresh'>;
  /** To the processes that other gateways are connected to. */
  readonly calls: PeerCalls;
  readonly crypto: CryptoProvider;
  readonly clock: Clock;
  readonly log: Log;
}

/** A lock's clock may be behind the portal's, or ahead. */
const clockSlackMs = 300_000;
/** What is left of a tunnel when the lock has given up waiting, for its answer. */
const answerMs = 5_000;
/** Less is no time to hold a card to a lock. */
const leastWaitMs = 1_000;

/** How long one reading may last, and who hangs up. */
interface Patience {
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

const name = 'card';
const askWord = z.object({
  deviceId: z.custom<DeviceId>((value) => isId('device', value)),
  waitMs: z.number(),
});
/** What the lock said, in base64url, or why it said nothing. */
const answerWord = z.union([z.object({ report: z.string() }), z.object({ fault: z.enum(cardReadFaults) })]);

/** Creates it: a lock whose best gateway is connected to another process is asked by that one. */
export function createCardReader(parts: CardReaderParts): CardReader {
  const { projection, signers, hearings, tunnels, link, ledger, calls, crypto, clock, log } = parts;
  const now = () => performance.now();

  const hostOf = (id: GatewayId): string | undefined => {
    const gateway = projection.gateways.get(id);
    const host = gateway?.hostId ?? calls.self;
    const isThere = host === calls.self ? link.isReachable(id) : gateway?.online;
    return isThere ? host : undefined;
  };

  const gatewayFor = (device: Row<'device'>, isFit: (host: string) => boolean): GatewayId | undefined => {
    const ids = projection.gateways.group(device.propertyId).flatMap(({ id }) => {
      const host = hostOf(id);
      return host !== undefined && isFit(host) ? [id] : [];
    });
    return chooseByHearing(ids, { hearings: hearings.of(device.id), last: undefined, now: clock.now() });
  };

  const ask = async (device: Row<'device'>, tunnel: OwnTunnel, waitMs: number): Promise<OperationAnswer> => {
    const caller = crypto.x25519KeyPair();
    const { token: grant, certificate } = signers.signGrant(device.propertyId, {
      grantId: crypto.randomBytes(8),
      locks: [hexBytes(device.tag)],
      issuedAt: Math.floor(clock.now() / 1000),
      notBefore: Math.floor((clock.now() - clockSlackMs) / 1000),
      expires: Math.floor((clock.now() + clockSlackMs) / 1000),
      holderPublicKey: caller.publicKey,
      role: 'holder',
      rights: ['enroll'],
    });
    const visit = await openVisit({ crypto, link: tunnel, lockPublicKey: hexBytes(device.publicKey), caller, now });
    const body = encodeEnroll(Math.floor(waitMs / 1000));
    const answer = await visit.ask({ name: 'enroll', body }, { grant, certificate });
    visit.end();
    return answer;
  };

  const readOnce = async (
    device: Row<'device'>,
    { waitMs, signal }: Patience,
  ): Promise<Uint8Array | CardReadFault | 'interrupted'> => {
    const gatewayId = gatewayFor(device, (host) => host === calls.self);
    if (gatewayId === undefined) return 'gateway-offline';
    const tunnel = await tunnels.open(gatewayId, { tag: device.tag, lifeMs: waitMs + answerMs, signal });
    if (typeof tunnel === 'string') return faultOf(tunnel);
    try {
      const { code, body } = await ask(device, tunnel, waitMs);
      if (code === 'ok') return body;
      if (code === 'late') return 'no-card';
      log.warn({ deviceId: device.id, code }, 'lock read no card');
      return 'lock-refused';
    } catch (error) {
      if (!(error instanceof LockProtocolError)) throw error;
      tunnel.close();
      return faultOf(await tunnel.closed);
    } finally {
      tunnel.close();
    }
  };

  /** What a lock says, as it says it. */
  const readHere = async (device: Row<'device'>, { waitMs, signal }: Patience): Promise<Uint8Array | CardReadFault> => {
    const until = now() + waitMs;
    for (let leftMs = waitMs; leftMs >= leastWaitMs && !signal.aborted; leftMs = Math.floor(until - now())) {
      const read = await readOnce(device, { waitMs: leftMs, signal });
      if (read !== 'interrupted') return read;
    }
    return 'no-card';
  };

  const readThere = async (
    host: string,
    { id: deviceId }: Row<'device'>,
    { waitMs, signal }: Patience,
  ): Promise<Uint8Array | CardReadFault> => {
    const patience = { waitMs: waitMs + answerMs + leastWaitMs, signal };
    const answered = await calls.ask(host, { name, body: { deviceId, waitMs } }, patience);
    if (answered === undefined) return 'gateway-offline';
    const answer = answerWord.parse(answered);
    return 'fault' in answer ? answer.fault : new Uint8Array(Buffer.from(answer.report, 'base64url'));
  };

  calls.answer(name, async (body, signal): Promise<z.output<typeof answerWord>> => {
    const { deviceId, waitMs } = askWord.parse(body);
    await ledger.fresh();
    const device = projection.devices.get(deviceId);
    const read = device === undefined ? 'lock-unreachable' : await readHere(device, { waitMs, signal });
    return typeof read === 'string' ? { fault: read } : { report: Buffer.from(read).toString('base64url') };
  });

  return {
    read: async (device, patience) => {
      if (device.driver !== 'olp') return 'not-by-driver';
      const best = gatewayFor(device, () => true);
      const host = best === undefined ? undefined : hostOf(best);
      if (host === undefined) return 'gateway-offline';
      const read = host === calls.self ? await readHere(device, patience) : await readThere(host, device, patience);
      return typeof read === 'string' ? read : reportIn(read);
    },
  };
}

function reportIn(body: Uint8Array): CardReport | CardReadFault {
  try {
    return decodeCardReport(body);
  } catch (error) {
    if (error instanceof LockProtocolError) return 'lock-refused';
    throw error;
  }
}

/** What a tunnel's end says of the card. */
function faultOf(code: string): CardReadFault | 'interrupted' {
  switch (code) {
    case 'interrupted':
    case 'gateway-offline':
      return code;
    case 'deadline-passed':
      return 'no-card';
    default:
      return 'lock-unreachable';
  }
}

/** What a lock read, as a card of the stock; or that it is none of the technology that was asked for. */
export function keyCardInReport(
  report: CardReport,
  { technology, label }: { readonly technology: NewKeyCard['technology']; readonly label: string },
): NewKeyCard | 'another-kind' {
  const identity = hexOf(technology === 'public-key' ? (report.publicKey ?? nothing) : report.uid);
  const chip = technology === 'aes' ? { chip: report.technology } : {};
  const card = z.safeParse(keyCardInput, { technology, label, identity, ...chip });
  return card.success ? card.data : 'another-kind';
}

const nothing = new Uint8Array(0);

function hexBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
