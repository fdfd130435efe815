import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type SecureContextOptions } from 'node:tls';
import { listenOn } from '../listening.js';
import type { Log } from '../log.js';
import { every } from '../periodic-task.js';
import type { BrokerAuthority } from './broker-authority.js';

/** Where the embedded broker listens, and who certifies it and its gateways where it speaks TLS. */
export interface EmbeddedListenerOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly tls: EmbeddedTls | undefined;
  readonly onSocket: (socket: Socket) => void;
  readonly log: Log;
}

/** TLS that both sides are certified in by the installation's own authority. */
export interface EmbeddedTls {
  /** Names and addresses that gateways connect to; at least one. */
  readonly hosts: readonly string[];
  readonly authority: Pick<BrokerAuthority, 'certificate' | 'certifyOwn'>;
  /** How often the broker gets its next certificate. */
  readonly renewEveryMs?: number;
}

/** Its certificate is good for a year: this leaves room for many failures. */
const renewEveryMs = 7 * 24 * 60 * 60 * 1000;
const handshakeTimeoutMs = 10_000;

/**
 * Starts listening: plain text, or TLS that lets in nobody whom the authority has not certified.
 *
 * @throws PortalError `address-unavailable`
 */
export async function startEmbeddedListener(
  options: EmbeddedListenerOptions,
): Promise<AsyncDisposable & { readonly port: number }> {
  const { tls, onSocket, log } = options;
  const running = tls === undefined ? plainServer(onSocket) : await tlsServer(tls, onSocket, log);
  try {
    const port = await listenOn(running.server, options);
    return {
      port,
      [Symbol.asyncDispose]: async () => {
        await running.renewing?.[Symbol.asyncDispose]();
        await new Promise<void>((resolve) => running.server.close(() => resolve()));
      },
    };
  } catch (error) {
    await running.renewing?.[Symbol.asyncDispose]();
    throw error;
  }
}

interface RunningServer {
  readonly server: Server;
  readonly renewing?: AsyncDisposable;
}

function plainServer(onSocket: (socket: Socket) => void): RunningServer {
  return { server: createServer({ noDelay: true }, onSocket) };
}

async function tlsServer(tls: EmbeddedTls, onSocket: (socket: Socket) => void, log: Log): Promise<RunningServer> {
  const [commonName = ''] = tls.hosts;
  const secrets = async (): Promise<SecureContextOptions> => {
    const { certificate, privateKey } = await tls.authority.certifyOwn(commonName, tls.hosts);
    return { cert: certificate, key: privateKey, ca: await tls.authority.certificate(), minVersion: 'TLSv1.2' };
  };
  const server = createTlsServer(
    {
      ...{ ...(await secrets()), requestCert: true, rejectUnauthorized: true },
      ...{ handshakeTimeout: handshakeTimeoutMs, noDelay: true },
    },
    onSocket,
  );
  server.on('tlsClientError', (error: NodeJS.ErrnoException) =>
    log.warn({ reason: error.code ?? 'unknown' }, 'connection without a good certificate refused'),
  );
  const renew = async () => server.setSecureContext(await secrets());
  return { server, renewing: every(tls.renewEveryMs ?? renewEveryMs, renew, log) };
}
