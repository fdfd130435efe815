import { createClient } from '@latchwork/client';
import { type ActionAttempt, createProblem, type LanAddress, type PhoneGrants } from '@latchwork/contract';
import { createLockSession, type LockLink, signGrant } from '@latchwork/lock-protocol';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { createPropertyFixture } from '@latchwork/testing';
import type { LockFinder } from './direct-way.js';
import type { LanPost } from './lan-tunnel.js';
import type { LanAccess } from './lan-way.js';
import { createPhoneKey, type PhoneKey } from './phone-key.js';
import type { PhoneStorage } from './phone-memory.js';
import { platformClock } from './time-bound.js';

const crypto = createNodeCrypto();
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
const id = (prefix: string) => `${prefix}_00000000000000000000000001`;

/** Where a link breaks: before the command leaves the phone, or when the lock has it and nobody hears the answer. */
export type Cut = 'before-command' | 'before-answer';

/** A phone, one door with a lock of the protocol's own machine, and what lies between them, each of which may fail. */
export interface PhoneWorld {
  readonly phone: PhoneKey;
  /** What the phone has stored. */
  readonly storage: PhoneStorage & { text: string | undefined };
  /** The app starts again, on the same storage. */
  restart(): PhoneKey;
  readonly entranceId: string;
  /** How often the bolt was moved. */
  opened: number;
  /** Ids of the commands that moved it. */
  readonly commands: string[];
  /** Whether the lock hears the phone's radio, and the gateway its own. */
  inRange: { phone: boolean; gateway: boolean };
  cut: Cut | undefined;
  /** Whether the phone's radio fails when it lets go of a lock. */
  closesBadly: boolean;
  /** Held back until it settles: what the phone's radio finds, and what the portal renews. */
  hold: { finding: Promise<void> | undefined; renewing: Promise<void> | undefined };
  /** Connections to the lock that are open. */
  connections: number;
  /** `undefined`: as it should be. */
  portal: 'offline' | 'loses-answers' | 'signed-out' | 'gateway-offline' | 'denied' | 'ended' | undefined;
  lan: boolean;
  /** Milliseconds by which the clocks of all are ahead of the machine's. */
  ahead: number;
  /** Operations that the portal was asked, and what it was told of tunnels. */
  readonly asked: string[];
  readonly told: unknown[];
}

/** Makes it; the phone has no key yet. */
export function createPhoneWorld(): PhoneWorld {
  const now = () => Date.now() + world.ahead;
  const seconds = () => Math.floor(now() / 1000);
  const property = createPropertyFixture({ crypto });
  const identity = crypto.x25519KeyPair();
  const tag = crypto.randomBytes(8);
  const session = createLockSession({
    ...{ crypto, identity, tag, trust: () => property.trust, now: () => performance.now(), setClock: () => undefined },
    readings: () => ({
      ...{ utcSeconds: seconds(), clockQuality: 'good', bolt: 'locked', batteryPercent: 80, privacy: false },
    }),
    actuate: async (_action, commandId) => {
      world.opened += 1;
      world.commands.push(hexOf(commandId));
      return { outcome: 'executed', bolt: 'unlocked' };
    },
  });

  const connect = (): { readonly link: LockLink; close(): void } => {
    let listener: (frame: Uint8Array) => void = () => undefined;
    let end: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => {
      end = resolve;
    });
    const close = () => {
      if (isOpen) world.connections -= 1;
      isOpen = false;
      session.disconnected();
      end();
    };
    const notify = (frame: Uint8Array) => {
      if (world.cut === 'before-answer' && world.opened > 0) close();
      else listener(frame);
    };
    let isOpen = true;
    world.connections += 1;
    const info = session.connected({ mtu: 247, notify, disconnect: () => end() });
    if (info === undefined) throw new Error('The lock is busy.');
    const link: LockLink = {
      ...{ mtu: 247, closed, readInfo: async () => info },
      write: async (frame) => {
        if (world.cut === 'before-command') {
          close();
          throw new Error('The link is gone.');
        }
        session.received(frame);
      },
      onFrame: (next) => {
        listener = next;
      },
    };
    return { link, close };
  };

  const finder: LockFinder = {
    connect: async (wanted) => {
      await world.hold.finding;
      if (!world.inRange.phone || wanted !== hexOf(tag)) return undefined;
      const { link, close } = connect();
      const closeBadly = async () => {
        close();
        throw new Error('The radio is gone.');
      };
      return { link, close: world.closesBadly ? closeBadly : close };
    },
  };

  /** The tunnels of portal and gateway alike. */
  const tunnels = new Map<
    string,
    { readonly link: LockLink; close(): void; readonly frames: string[]; isOpen: boolean }
  >();
  const openTunnel = (name: string) => {
    if (!world.inRange.gateway) return { state: 'closed', code: 'lock-unreachable', info: null, mtu: null };
    const tunnel = { ...connect(), frames: [] as string[], isOpen: true };
    tunnel.link.onFrame((frame) => tunnel.frames.push(textOf(frame)));
    tunnel.link.closed.then(() => {
      tunnel.isOpen = false;
    });
    tunnels.set(name, tunnel);
    return tunnel.link.readInfo().then((info) => ({ state: 'open', code: null, info: textOf(info), mtu: 247 }));
  };
  const exchange = async (name: string, given: { frames: { frame: string }[]; received: number; wait: boolean }) => {
    const tunnel = tunnels.get(name);
    if (tunnel === undefined) throw new Error('There is no such tunnel.');
    for (const { frame } of given.frames) {
      const bytes = new Uint8Array(Buffer.from(frame, 'base64url'));
      await tunnel.link.write(bytes, { withResponse: false }).catch(() => undefined);
    }
    while (given.wait && tunnel.isOpen && tunnel.frames.length <= given.received) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const state = tunnel.isOpen ? 'open' : 'closed';
    return { state, code: tunnel.isOpen ? null : 'link-lost', frames: tunnel.frames.slice(given.received) };
  };

  const fingerprint = 'ab'.repeat(32);
  const challenges = new Map<string, { readonly secret: Uint8Array; readonly holder: string }>();
  const post: LanPost = async (request) => {
    if (!world.lan) throw new TypeError('fetch failed');
    if (request.fingerprint !== fingerprint) throw new TypeError('Another certificate.');
    const body = request.body as Record<string, string>;
    const path = new URL(request.url).pathname;
    if (path === '/v1/challenges') {
      const { secret, publicKey } = crypto.x25519KeyPair();
      challenges.set(hexOf(publicKey), { secret, holder: body['publicKey'] ?? '' });
      return { status: 201, body: { challenge: hexOf(publicKey) } };
    }
    if (path === '/v1/tunnels') {
      const { secret, holder } = challenges.get(body['challenge'] ?? '') ?? { secret: new Uint8Array(32), holder: '' };
      const grantHash = crypto.sha256(new Uint8Array(Buffer.from(body['grant'] ?? '', 'base64url')));
      const proven = Buffer.concat([
        ...[Buffer.from('latchwork-lan/1'), bytesOf(fingerprint), bytesOf(body['challenge'] ?? ''), tag, grantHash],
      ]);
      const wanted = crypto.hmacSha256(crypto.x25519(secret, bytesOf(holder)), new Uint8Array(proven));
      if (hexOf(wanted) !== body['proof']) return { status: 403, body: { code: 'proof-wrong' } };
      return { status: 201, body: { id: '0'.repeat(32), ...(await openTunnel('lan')) } };
    }
    if (path.endsWith('/end')) tunnels.get('lan')?.close();
    return { status: 200, body: path.endsWith('/end') ? {} : await exchange('lan', request.body as never) };
  };
  const addresses: readonly LanAddress[] = [{ urls: ['https://10.0.0.9:8443'], fingerprint }];
  const lan: LanAccess = { post };

  let publicKey = '';
  const grants = (): PhoneGrants => {
    const { secret, certificate } = property.signer('grant');
    const expires = seconds() + 3_600;
    const object = signGrant(crypto, secret, {
      ...{ grantId: crypto.randomBytes(8), locks: [tag], holderPublicKey: bytesOf(publicKey), epoch: 1 },
      ...{ issuedAt: seconds(), notBefore: seconds() - 60, expires, rights: ['unlock', 'local', 'remote'] },
    });
    const at = (ms: number) => new Date(ms).toISOString();
    const lock = {
      ...{ entranceId: id('ent'), deviceId: id('dev'), tag: hexOf(tag), publicKey: hexOf(identity.publicKey) },
      grant: { object: textOf(object), notBefore: at(now() - 60_000), expiresAt: at(expires * 1000) },
    };
    const names = { credentialId: id('crd'), keyId: id('key'), propertyId: id('prop') };
    return {
      ...names,
      ...{ locks: [lock], certificate: textOf(certificate), lan: addresses, renewAt: at(now() + 1_800_000) },
    } as unknown as PhoneGrants;
  };

  const refuse = (problem: ReturnType<typeof createProblem>) =>
    Response.json(problem, { status: problem.status, headers: { 'content-type': 'application/problem+json' } });
  const client = createClient({
    baseUrl: 'https://portal.test',
    retry: { limit: 0 },
    fetch: async (request) => {
      const path = new URL(request.url).pathname;
      world.asked.push(path);
      if (world.portal === 'offline') throw new TypeError('fetch failed');
      const body = await request.json();
      if (path === '/v1/phone-activations') {
        if (body.code !== 'ABCD-EFGH') return refuse(createProblem('phone-code-invalid', {}));
        // One phone, whose key it is.
        if (publicKey !== '' && publicKey !== body.publicKey) return refuse(createProblem('phone-code-invalid', {}));
        publicKey = body.publicKey;
        if (world.portal === 'loses-answers') throw new TypeError('fetch failed');
        return Response.json({ ...grants(), token: 'lwph_secret' });
      }
      if (path === '/v1/phone-grants') {
        if (world.portal === 'ended') return refuse(createProblem('credential-ended', { removedAt: null }));
        await world.hold.renewing;
        if (body.token !== 'lwph_secret') return refuse(createProblem('phone-token-invalid', {}));
        return Response.json(grants());
      }
      if (world.portal === 'signed-out') return refuse(createProblem('unauthenticated', {}));
      if (world.portal === 'gateway-offline') return refuse(createProblem('gateway-offline', {}));
      if (world.portal === 'denied') {
        const because = 'key-revoked' as const;
        return refuse(createProblem('unlock-refused', { because, attemptId: id('att') } as never));
      }
      if (path.endsWith('/tunnels')) {
        const deadline = new Date(now() + 10_000).toISOString();
        return Response.json({ id: id('att'), deadline, ...(await openTunnel('portal')) }, { status: 201 });
      }
      if (path.endsWith('/frames')) return Response.json(await exchange('portal', body));
      if (path.endsWith('/unlock')) {
        world.opened += 1;
        return Response.json(attempt('token'), { status: 202 });
      }
      world.told.push(body);
      tunnels.get('portal')?.close();
      return Response.json(attempt('tunnel'));
    },
  });

  const attempt = (mode: ActionAttempt['mode']): ActionAttempt => {
    const at = new Date(now()).toISOString();
    const times = { acceptedAt: at, sentAt: at, acknowledgedAt: at, confirmedAt: at, endedAt: at };
    return {
      ...{ id: id('att'), action: 'unlock', propertyId: id('prop'), entranceId: id('ent'), deviceId: id('dev') },
      ...{
        gatewayId: id('gw'),
        holderId: id('mem'),
        keyId: id('key'),
        channel: 'integrated_app',
        mode,
        state: 'confirmed',
      },
      ...{
        actor: { kind: 'member', memberId: id('mem'), channel: 'integrated_app' },
        code: 'ok',
        because: null,
        explanation: null,
      },
      ...{ toldBy: 'gateway', requestedAt: at, deadline: at, timeline: times },
    } as unknown as ActionAttempt;
  };

  const storage: PhoneWorld['storage'] = {
    text: undefined,
    load: async () => storage.text,
    save: async (text) => {
      storage.text = text;
    },
  };
  const clock = { ...platformClock, now };
  const world: PhoneWorld = {
    restart: () => createPhoneKey({ crypto, client, storage, finder, lan, clock }),
    ...{ phone: createPhoneKey({ crypto, client, storage, finder, lan, clock }), storage, entranceId: id('ent') },
    ...{ opened: 0, commands: [], inRange: { phone: true, gateway: true }, cut: undefined },
    ...{ hold: { finding: undefined, renewing: undefined }, connections: 0, closesBadly: false },
    ...{ portal: undefined, lan: true, ahead: 0, asked: [], told: [] },
  };
  return world;
}
