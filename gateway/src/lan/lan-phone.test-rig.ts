import { randomBytes } from 'node:crypto';
import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { LanAddress, LanTunnel, TunnelFrames } from '@latchwork/contract';
import {
  type Grant,
  type KeyPair,
  type LockAnswer,
  type LockLink,
  performUnlock,
  signGrant,
} from '@latchwork/lock-protocol';
import { decodeBase64url, encodeBase64url } from '../base64url.js';
import { crypto, type GatewayRig } from '../gateway.test-rig.js';
import type { MemoryLock } from '../memory-central.test-rig.js';

/** An answer of the LAN's endpoint. */
export interface LanAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Of the certificate that was shown, 64 hex digits. */
  readonly fingerprint: string;
}

/** A phone on the property's own network, with a grant for one lock. */
export interface LanPhone {
  readonly keys: KeyPair;
  post(path: string, body: unknown): Promise<LanAnswer>;
  /** What proves to the gateway that the phone has the key of its grant, asked for and made as an app does. */
  opening(o?: { readonly fingerprint?: string; readonly secret?: Uint8Array }): Promise<Record<string, unknown>>;
  /** Runs the lock's protocol over a tunnel that is open. */
  unlock(tunnel: LanTunnel, commandId?: Uint8Array): Promise<LockAnswer>;
}

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

/** Makes a phone for a lock; its grant is as `o` says, else good for an hour. */
export function createLanPhone(
  rig: GatewayRig,
  at: LanAddress,
  lock: MemoryLock,
  o: Partial<Grant> & { readonly suite?: 1 | 2 } = {},
): LanPhone {
  const { suite = 1, ...claims } = o;
  const keys = suite === 1 ? crypto.x25519KeyPair() : crypto.p256KeyPair();
  const { secret, certificate } = rig.property.signer('grant');
  const seconds = Math.floor(rig.clock.now() / 1000);
  const grant = signGrant(crypto, secret, {
    holderPublicKey: keys.publicKey,
    rights: ['unlock', 'local', 'remote'],
    locks: [lock.tagBytes],
    notBefore: seconds,
    expires: seconds + 3_600,
    issuedAt: seconds,
    grantId: crypto.randomBytes(8),
    epoch: rig.property.trust.epoch,
    ...claims,
  });
  const agree = suite === 1 ? crypto.x25519 : crypto.p256;
  const phone: LanPhone = {
    keys,
    post: async (path, body) => await postTo(`${at.urls[0]}${path}`, body),
    async opening({ fingerprint = at.fingerprint, secret: own = keys.secret } = {}) {
      const { body } = await phone.post('/v1/challenges', { publicKey: hexOf(keys.publicKey) });
      const { challenge } = body as { challenge: string };
      const proven = Buffer.concat([
        Buffer.from('latchwork-lan/1'),
        bytesOf(fingerprint),
        bytesOf(challenge),
        lock.tagBytes,
        crypto.sha256(grant),
      ]);
      const proof = hexOf(crypto.hmacSha256(agree(own, bytesOf(challenge)), new Uint8Array(proven)));
      const shown = { grant: encodeBase64url(grant), certificate: encodeBase64url(certificate) };
      return { tag: lock.tag, deadlineMs: 10_000, ...shown, challenge, proof };
    },
    async unlock(tunnel, commandId = new Uint8Array(randomBytes(8))) {
      return await performUnlock({
        crypto,
        link: linkOf(phone, tunnel),
        lockPublicKey: lock.publicKey,
        caller: keys,
        command: { commandId, action: 'unlock', ttlMs: 10_000, intent: 'tap', via: 'remote' },
        authority: async () => ({ kind: 'grant', grant, certificate }),
        now: () => rig.clock.monotonic(),
        startTimer: (delayMs, elapsed) => rig.clock.after(delayMs, elapsed),
      });
    },
  };
  return phone;
}

function linkOf(phone: LanPhone, tunnel: LanTunnel): LockLink {
  let listener: (frame: Uint8Array) => void = () => undefined;
  let [sent, received] = [0, 0];
  let close: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  return {
    mtu: tunnel.mtu ?? 23,
    readInfo: async () => decodeBase64url(tunnel.info ?? ''),
    write: async (frame, { withResponse }) => {
      // The lock answers whole messages (packages/lock-protocol/SPEC.md §8: bit 6 is END).
      const wait = ((frame[0] ?? 0) & 0x40) !== 0;
      const given = { sent, frames: [{ frame: encodeBase64url(frame), withResponse }], received, wait };
      sent += 1;
      const { body } = await phone.post(`/v1/tunnels/${tunnel.id}/frames`, given);
      const { frames, state } = body as TunnelFrames;
      received += frames.length;
      for (const each of frames) listener(decodeBase64url(each));
      if (state === 'closed') close();
    },
    onFrame: (next) => {
      listener = next;
    },
    closed,
  };
}

/** Posts as an app that pins does: it looks at the certificate itself. */
export async function postTo(url: string, body: unknown, method = 'POST'): Promise<LanAnswer> {
  return await new Promise<LanAnswer>((resolve, reject) => {
    const asked = request(url, { method, rejectUnauthorized: false, agent: false }, (response) => {
      const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate();
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const fingerprint = fingerprint256.replaceAll(':', '').toLowerCase();
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as unknown, fingerprint });
      });
    });
    asked.on('error', reject);
    asked.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}
