import type { LanAddress, PassMessage } from '@latchwork/contract';
import type { CryptoProvider } from '@latchwork/lock-protocol';
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import type { Metrics } from '../metrics.js';
import type { TunnelDesk } from '../tunnel-desk.js';
import { createLanAdmission } from './lan-admission.js';
import { loadLanCertificate } from './lan-certificate.js';
import { startLanServer } from './lan-server.js';
import { openLanSigners } from './lan-signers.js';
import { createLanTunnels } from './lan-tunnels.js';

/** The gateway as phones of the property's own network see it. */
export interface Lan extends AsyncDisposable {
  /** Where it is and by what it is known, for the portal to tell. */
  readonly address: LanAddress;
  /** Takes the portal's word on who signs grants. */
  learn(pass: PassMessage): void;
}

/** What it is started with. */
export interface LanOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly dataDir: string;
  readonly tunnels: Pick<TunnelDesk, 'open' | 'give' | 'end'>;
  readonly crypto: CryptoProvider;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
}

/**
 * Starts it.
 *
 * @throws GatewayError `keys-damaged`, `lan-address`.
 */
export async function startLan({ listen, dataDir, tunnels, ...parts }: LanOptions): Promise<Lan> {
  const { crypto, clock, log } = parts;
  const certificate = await loadLanCertificate(dataDir, clock.now());
  const signers = await openLanSigners(dataDir, { crypto, log });
  const { fingerprint } = certificate;
  const admission = createLanAdmission({ crypto, clock, fingerprint, signers });
  const server = await startLanServer({
    ...{ ...listen, ...parts, certificate, admission },
    tunnels: createLanTunnels({ tunnels, clock }),
  });
  return {
    address: { urls: [...server.urls], fingerprint },
    learn: signers.learn,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await signers.settled();
    },
  };
}
