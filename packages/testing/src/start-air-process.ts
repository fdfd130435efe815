import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BoltState, LockTrust } from '@latchwork/lock-protocol';
import { EventEmitter } from 'eventemitter3';
import type { AirProcessConfig, AirReply, AirRequest, RemoteLockIdentity, RemoteLockStats } from './air-messages.js';

/** What happens in an air process. `at` is epoch milliseconds. */
export interface AirProcessEvents {
  bolt: { readonly tag: string; readonly bolt: BoltState; readonly at: number; readonly commandId?: string };
}

/** An air with simulated locks in a process of its own; its adapters are at `socketPath`. */
export interface AirProcess extends AsyncDisposable {
  readonly pid: number;
  readonly socketPath: string;
  readonly locks: readonly RemoteLockIdentity[];
  readonly events: EventEmitter<AirProcessEvents>;
  /** Gives the locks (or the one at this index) whom to obey. */
  commission(trust: LockTrust, lock?: number): Promise<void>;
  stats(): Promise<readonly RemoteLockStats[]>;
  /** Makes the locks (or the one at this index) inaudible, or heard again. */
  setUnheard(unheard: boolean, lock?: number): Promise<void>;
  /** Breaks every link; both ends notice by supervision timeout. */
  loseLinks(): Promise<void>;
  /** Ends the process and waits for its end. */
  close(): Promise<void>;
}

type Body<T> = T extends unknown ? Omit<T, 'id'> : never;

interface Waiting {
  readonly resolve: (reply: AirReply) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts an air in a process of its own, so that it outlives a gateway that is killed and does not share its event
 * loop. Resolves when the locks advertise and the socket listens. Run from sources, it needs `tsx`.
 */
export async function startAirProcess(config: AirProcessConfig): Promise<AirProcess> {
  const child = spawn(process.execPath, [...programArguments(), JSON.stringify(config)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const events = new EventEmitter<AirProcessEvents>();
  const waiting = new Map<number, Waiting>();
  let lastId = 0;

  const ready = new Promise<readonly RemoteLockIdentity[]>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const reply = JSON.parse(line) as AirReply;
      if (reply.type === 'ready') resolve(reply.locks);
      else if (reply.type === 'bolt') events.emit('bolt', reply);
      else settle(waiting, reply);
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      const error = new Error(`the air process has ended with code ${code}`);
      reject(error);
      for (const { reject: fail } of waiting.values()) fail(error);
      waiting.clear();
    });
  });

  const ask = (request: Body<AirRequest>): Promise<AirReply> =>
    new Promise((resolve, reject) => {
      if (child.exitCode !== null) {
        reject(new Error(`the air process has ended with code ${child.exitCode}`));
        return;
      }
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      child.stdin.write(`${JSON.stringify({ ...request, id: lastId })}\n`);
    });

  const locks = await ready;
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.stdin.end();
    await exited;
  };

  return {
    pid: child.pid ?? 0,
    socketPath: config.socketPath,
    locks,
    events,
    async commission(trust, lock) {
      await ask({
        type: 'commission',
        rootPublicKey: Buffer.from(trust.rootPublicKey).toString('hex'),
        property: Buffer.from(trust.property).toString('hex'),
        epoch: trust.epoch,
        ...(lock === undefined ? {} : { lock }),
      });
    },
    async stats() {
      const reply = await ask({ type: 'stats' });
      return reply.type === 'stats' ? reply.locks : [];
    },
    async setUnheard(unheard, lock) {
      await ask({ type: 'set-unheard', unheard, ...(lock === undefined ? {} : { lock }) });
    },
    async loseLinks() {
      await ask({ type: 'lose-links' });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function settle(waiting: Map<number, Waiting>, reply: Extract<AirReply, { readonly id: number }>): void {
  const asked = waiting.get(reply.id);
  waiting.delete(reply.id);
  if (reply.type === 'failed') asked?.reject(new Error(reply.message));
  else asked?.resolve(reply);
}

// Beside this module in either form: a source that tsx runs, or a built file.
function programArguments(): readonly string[] {
  if (!import.meta.url.endsWith('.ts')) return [fileURLToPath(new URL('./air-process.js', import.meta.url))];
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return ['--conditions=source', '--import', tsx, fileURLToPath(new URL('./air-process.ts', import.meta.url))];
}
