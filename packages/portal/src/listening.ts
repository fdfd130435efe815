import type { Server } from 'node:net';
import { PortalError } from './portal-error.js';

/**
 * Makes a server listen; resolves with its port, which it chose itself when 0 was asked for.
 *
 * @throws PortalError `address-unavailable`
 */
export async function listenOn(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => {
      const cause = error.code ?? error.message;
      reject(new PortalError({ code: 'address-unavailable', host, port, cause }, { cause: error }));
    };
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve();
    });
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
