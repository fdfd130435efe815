import { performance } from 'node:perf_hooks';
import { keyCardInput } from '@latchwork/contract';
import type { GatewayId } from '@latchwork/core';
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
import type { Log } from '../log.js';
import type { Projection } from '../store/projection.js';
import type { Row } from '../store/store.js';
import { chooseByHearing } from '../unlock/gateway-choice.js';
import type { OwnTunnel, OwnTunnels } from '../unlock/own-tunnels.js';

/** Why a lock read no card. */
export type CardReadFault = 'gateway-offline' | 'lock-refused' | 'lock-unreachable' | 'no-card' | 'not-by-driver';

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
  /** Names this process, as gateways' rows name the one they are connected to. */
  readonly self: string;
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

/** Creates it. */
export function createCardReader(parts: CardReaderParts): CardReader {
  const { projection, signers, hearings, tunnels, link, self, crypto, clock, log } = parts;
  const now = () => performance.now();

  const gatewayFor = (device: Row<'device'>): GatewayId | undefined => {
    const ids = projection.gateways.group(device.propertyId).map(({ id }) => id);
    const isHere = (id: GatewayId) => link.isReachable(id) && (projection.gateways.get(id)?.hostId ?? self) === self;
    return chooseByHearing(ids.filter(isHere), { hearings: hearings.of(device.id), last: undefined, now: clock.now() });
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
    { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
  ): Promise<CardReport | CardReadFault | 'interrupted'> => {
    const gatewayId = gatewayFor(device);
    if (gatewayId === undefined) return 'gateway-offline';
    const tunnel = await tunnels.open(gatewayId, { tag: device.tag, lifeMs: waitMs + answerMs, signal });
    if (typeof tunnel === 'string') return faultOf(tunnel);
    try {
      const { code, body } = await ask(device, tunnel, waitMs);
      if (code === 'ok') return decodeCardReport(body);
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

  return {
    read: async (device, { waitMs, signal }) => {
      if (device.driver !== 'olp') return 'not-by-driver';
      const until = now() + waitMs;
      for (let leftMs = waitMs; leftMs >= leastWaitMs && !signal.aborted; leftMs = Math.floor(until - now())) {
        const read = await readOnce(device, { waitMs: leftMs, signal });
        if (read !== 'interrupted') return read;
      }
      return 'no-card';
    },
  };
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
