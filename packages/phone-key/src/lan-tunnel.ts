import {
  type LanAddress,
  type LanTunnel,
  lanChallenge,
  lanRefusal,
  lanTunnel,
  tunnelFrames,
} from '@latchwork/contract';
import { base64urlOf, bytesOfHex, hexOf } from './bytes-text.js';
import type { DoorCommand } from './lock-command.js';
import { withinTime } from './time-bound.js';
import { createTunnelLink, type TunnelLink } from './tunnel-link.js';

/** A request to a gateway on the property's own network. */
export interface LanRequest {
  readonly url: string;
  /** SHA-256 of the certificate's DER, 64 hex digits: where another shows, nothing may be sent. */
  readonly fingerprint: string;
  /** To be sent as JSON. */
  readonly body: object;
  readonly signal: AbortSignal;
}

/**
 * Posts to a gateway and gives the JSON of its answer. The app makes it, since only its platform can believe the one certificate and
 * no other; it rejects where nobody answers, or shows another.
 */
export type LanPost = (request: LanRequest) => Promise<{ readonly status: number; readonly body: unknown }>;

/** A tunnel past the gateway alone. */
export interface LanTunnelLink {
  readonly link: TunnelLink;
  /** Lets go of the lock. */
  end(): Promise<void>;
}

/** A gateway that is there gives its challenge at once. */
const knockMs = 1_500;
const label = Uint8Array.from('latchwork-lan/1', (character) => character.charCodeAt(0));

/**
 * Opens a tunnel past a gateway on the LAN, which asks for the proof that the phone has the secret of its grant. Of its addresses the
 * first that answers is taken.
 *
 * @returns a code instead when the gateway has none to give, or was not reached: `unreachable`.
 */
export async function openLanTunnel(
  send: LanPost,
  command: DoorCommand,
  { urls, fingerprint }: LanAddress,
): Promise<LanTunnelLink | { readonly code: string }> {
  const { clock, signal, keys, tag, grant, certificate } = command;
  for (const url of urls) {
    const post = async (path: string, body: object, until = signal) =>
      (await send({ url: `${url}/v1${path}`, fingerprint, body, signal: until })).body;
    const knocked = await withinTime({ clock, signal, ms: Math.min(knockMs, command.leftMs()) }, async (until) =>
      lanChallenge.safeParse(await post('/challenges', { publicKey: hexOf(keys.publicKey) }, until)),
    ).catch(() => undefined);
    if (!knocked?.success) continue;
    const { challenge } = knocked.data;
    const body = await post('/tunnels', {
      ...{
        tag,
        deadlineMs: Math.floor(command.leftMs()),
        challenge,
        proof: proofOf(command, { fingerprint, challenge }),
      },
      ...{ grant: base64urlOf(grant), certificate: base64urlOf(certificate) },
    });
    const opened = lanTunnel.safeParse(body);
    if (!opened.success) return { code: lanRefusal.safeParse(body).data?.code ?? 'unreachable' };
    return tunnelOf(post, opened.data);
  }
  return { code: 'unreachable' };
}

function tunnelOf(
  post: (path: string, body: object) => Promise<unknown>,
  { id, info, mtu, code }: LanTunnel,
): LanTunnelLink | { readonly code: string } {
  if (info === null || mtu === null || code !== null) return { code: code ?? 'lock-unreachable' };
  const exchange = async (given: object) => tunnelFrames.parse(await post(`/tunnels/${id}/frames`, given));
  const link = createTunnelLink({ info, mtu, exchange });
  const end = async (): Promise<void> => {
    link.close();
    await post(`/tunnels/${id}/end`, {});
  };
  return { link, end };
}

/** Shows that the phone has the secret of the grant: to this gateway, for this lock, this once. */
function proofOf(command: DoorCommand, o: { readonly fingerprint: string; readonly challenge: string }): string {
  const { crypto, keys, tag, grant } = command;
  const challenge = bytesOfHex(o.challenge);
  const parts = [label, bytesOfHex(o.fingerprint), challenge, bytesOfHex(tag), crypto.sha256(grant)];
  const proven = Uint8Array.from(parts.flatMap((part) => [...part]));
  return hexOf(crypto.hmacSha256(crypto.x25519(keys.secret, challenge), proven));
}
