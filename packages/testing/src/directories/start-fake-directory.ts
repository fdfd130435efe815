import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DirectoryRequest } from './directory-http.js';
import { createFakeDirectory, type FakeDirectory, type FakeDirectoryOptions } from './fake-directory.js';
import type { FakeDirectoryKind } from './fake-person.js';

/** A fake directory that listens: sign-in, API and a foreign host, each on a loopback port of its own. */
export interface StartedFakeDirectory<K extends FakeDirectoryKind = FakeDirectoryKind>
  extends FakeDirectory<K>,
    AsyncDisposable {
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

async function readRequest(message: IncomingMessage): Promise<DirectoryRequest> {
  const pieces: Uint8Array[] = [];
  for await (const piece of message as AsyncIterable<Uint8Array>) pieces.push(piece);
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, `${value}`]));
  return {
    method: message.method ?? 'GET',
    url: new URL(`http://${message.headers.host}${message.url}`),
    headers,
    body: Buffer.concat(pieces).toString(),
  };
}

async function respond(directory: FakeDirectory, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, headers, body, cutAt, hungUp } = await directory.answer(await readRequest(message));
  if (hungUp) {
    message.socket.destroy();
    return;
  }
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  if (cutAt === null) {
    response.end(bytes);
    return;
  }
  // The promised length never comes, and the reader learns it from the lost connection.
  response.write(bytes.subarray(0, cutAt), () => message.socket.destroy());
}

/** Starts a fake directory on loopback ports. */
export async function startFakeDirectory<K extends FakeDirectoryKind>(
  options: FakeDirectoryOptions<K>,
): Promise<StartedFakeDirectory<K>> {
  let directory: FakeDirectory<K> | undefined;
  const servers: Server[] = [];
  const listen = async (): Promise<string> => {
    const server = createServer((message, response) => {
      if (directory === undefined) response.destroy();
      else respond(directory, message, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve());
    });
    servers.push(server);
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const [login, api, foreign] = [await listen(), await listen(), await listen()];
  const made = createFakeDirectory(options, { login, api, foreign });
  directory = made;
  const close = async (): Promise<void> => {
    await Promise.all(
      servers.map((server) => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        server.closeAllConnections();
        return closed;
      }),
    );
  };
  return Object.assign(made, { close, [Symbol.asyncDispose]: close });
}
