// Sends a counted number of requests over kept connections, each as soon as the one before it is answered, and says how
// long they took. All answers to one request are of one size, so it counts bytes and looks at statuses, and no more: the
// server has to be what limits.
import { connect, type Socket } from 'node:net';

/** One turn of the load. */
export interface Turn {
  readonly port: number;
  /** The whole request, head and body. */
  readonly request: string;
  readonly status: number;
  readonly requests: number;
  readonly connections: number;
}

/** How a turn went. */
export type TurnResult = { readonly ms: number } | { readonly fault: string };

const pools = new Map<number, Socket[]>();

async function socketsFor({ port, connections }: Turn): Promise<readonly Socket[]> {
  const pool = pools.get(port) ?? [];
  pools.set(port, pool);
  while (pool.length < connections) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    pool.push(socket);
  }
  return pool.slice(0, connections);
}

/** Where the answer at the start of a text ends, or `undefined` while it has not. */
function endOfAnswer(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head + 2))?.[1];
  if (length !== undefined) return text.length >= head + 4 + Number(length) ? head + 4 + Number(length) : undefined;
  const last = text.indexOf('\r\n0\r\n\r\n', head);
  return last < 0 ? undefined : last + 7;
}

/** Sends one request and gives the size of its answer. */
function measureAnswer(socket: Socket, { request }: Turn): Promise<number> {
  return new Promise((resolve) => {
    let text = '';
    const take = (bytes: Buffer): void => {
      text += bytes.toString('latin1');
      const end = endOfAnswer(text);
      if (end === undefined) return;
      socket.off('data', take);
      resolve(end);
    };
    socket.on('data', take);
    socket.write(request);
  });
}

async function run(turn: Turn): Promise<TurnResult> {
  const sockets = await socketsFor(turn);
  const [first] = sockets;
  if (first === undefined) return { fault: 'there are no connections' };
  const sizeBytes = await measureAnswer(first, turn);
  const expected = Buffer.from(`HTTP/1.1 ${turn.status} `);
  let left = turn.requests;
  const began = performance.now();
  return await new Promise((resolve) => {
    let open = sockets.length;
    for (const socket of sockets) {
      let missing = 0;
      const next = (): void => {
        if (left > 0) {
          left -= 1;
          missing = sizeBytes;
          socket.write(turn.request);
          return;
        }
        socket.removeAllListeners('data');
        open -= 1;
        if (open === 0) resolve({ ms: performance.now() - began });
      };
      socket.on('data', (bytes: Buffer) => {
        if (missing === sizeBytes && expected.compare(bytes, 0, expected.length) !== 0) {
          return resolve({ fault: bytes.toString('latin1').slice(0, 500) });
        }
        missing -= bytes.length;
        if (missing < 0) return resolve({ fault: 'an answer was longer than the first' });
        if (missing === 0) next();
      });
      socket.removeAllListeners('close');
      socket.once('close', () => resolve({ fault: 'the server closed the connection' }));
      next();
    }
  });
}

process.on('message', (turn: Turn) => {
  run(turn).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ fault: String(error) } satisfies TurnResult),
  );
});
process.once('disconnect', () => process.exit());
