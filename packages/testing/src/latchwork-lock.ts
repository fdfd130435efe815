import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { createNodeCrypto } from '@latchwork/lock-protocol/node';
import { createAir } from './air/air.js';
import type { VirtualController } from './air/controller.js';
import type { GattRadio } from './gatt/gatt-server.js';
import { connectHciSocket } from './hci-shim.js';
import { openHostedRadio } from './lock/hosted-radio.js';
import { SimulatedLockError } from './lock/lock-error.js';
import type { SimulatedLockParts } from './lock/lock-making.js';
import { type LockErrand, type LockPlace, lockHelp, parseLockArguments } from './lock/lock-options.js';
import { createLockScript } from './lock/lock-script.js';
import { openNativeAdapter } from './lock/native-adapter.js';
import { createSimulatedLock, type SimulatedLock, startLockOn } from './lock/simulated-lock.js';
import { serveAir } from './serve-air.js';

// The program `latchwork-lock`: one simulated lock in a process of its own, told what to do in lines on stdin.

type Run = Extract<LockErrand, { kind: 'run' }>;

/** Why the lock cannot start, as a sentence for the person who typed the command. */
class CannotStart extends Error {}

interface PlacedLock {
  readonly lock: SimulatedLock<GattRadio>;
  readonly virtual?: VirtualController;
  /** Settles when the radio is gone for good. */
  readonly lost: Promise<unknown>;
  end(): Promise<void>;
}

const crypto = createNodeCrypto();
const lockAddress = 'c0:1a:7c:00:00:01';
const adapterAddress = '00:1b:dc:00:00:01';
const never = new Promise<never>(() => {});

function say(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

async function placeLock(place: LockPlace, parts: SimulatedLockParts): Promise<PlacedLock> {
  if (place.kind === 'serve') {
    const air = createAir();
    const lock = await createSimulatedLock({ ...parts, air, address: lockAddress });
    const { socketPath } = place;
    const served = await serveAir(air, { socketPath, addresses: [adapterAddress] }).catch((cause: unknown) => {
      throw new CannotStart(`no socket can be made at ${socketPath}.`, { cause });
    });
    const end = async () => {
      await lock.close();
      await served.close();
      air.close();
    };
    return { lock, virtual: lock.controller, lost: never, end };
  }
  const endpoint = place.kind === 'socket' ? await connectTo(place.socketPath) : openNativeAdapter(place.adapter);
  if ('because' in endpoint) throw new CannotStart(`${endpoint.because}.`);
  const lost = new Promise((resolve) => endpoint.onUpChange((up) => !up && resolve(undefined)));
  const radio = await openHostedRadio(endpoint, { timeoutMs: 3_000 });
  if (radio === undefined) throw new CannotStart('the controller there does not answer.');
  const lock = await startLockOn({ controller: radio, power: radio.setPower }, parts);
  return { lock, lost, end: lock.close };
}

async function connectTo(socketPath: string) {
  await access(socketPath).catch((cause: unknown) => {
    throw new CannotStart(`there is no socket at ${socketPath}.`, { cause });
  });
  return connectHciSocket(socketPath);
}

function follow({ events }: SimulatedLock<GattRadio>): void {
  events.on('bolt', ({ bolt, at, commandId }) =>
    say({ event: 'bolt', bolt, at, ...(commandId === undefined ? {} : { commandId: hex(commandId) }) }),
  );
  events.on('logged', ({ entry }) => {
    const { actor, commandId, ...rest } = entry;
    say({ event: 'logged', entry: { ...rest, actor: hex(actor), commandId: hex(commandId) } });
  });
  events.on('power', ({ on, at }) => say({ event: 'power', on, at }));
  events.on('cardRefused', ({ code, at }) => say({ event: 'card-refused', code, at }));
}

async function run(o: Run): Promise<void> {
  const parts: SimulatedLockParts = {
    crypto,
    ...(o.flashPath === undefined ? {} : { storagePath: o.flashPath }),
    ...(o.relockMs === undefined ? {} : { relockMs: o.relockMs }),
    ...(o.seed === undefined ? {} : { seed: o.seed }),
    suite2: o.suite2,
  };
  if (o.scriptPath !== undefined) {
    await access(o.scriptPath).catch((cause: unknown) => {
      throw new CannotStart(`the script ${o.scriptPath} cannot be read.`, { cause });
    });
  }
  const { lock, virtual, lost, end } = await placeLock(o.place, parts);
  const script = createLockScript({ lock, virtual, after: (delayMs, run) => setTimeout(run, delayMs) });
  follow(lock);
  say({
    event: 'ready',
    address: lock.address,
    tag: hex(lock.tag),
    publicKey: hex(lock.publicKey),
    ...(lock.p256PublicKey ? { p256PublicKey: hex(lock.p256PublicKey) } : {}),
    identityPublicKey: hex(lock.identityPublicKey),
    ...('socketPath' in o.place ? { socket: o.place.socketPath } : { adapter: o.place.adapter }),
  });
  const quits = (async () => {
    for await (const line of linesOf(o.scriptPath)) {
      const reply = await script.run(line);
      if (reply !== undefined) say(reply);
      if (reply?.ok === true && reply.do === 'quit') return;
    }
    // The end of stdin ends nothing: a lock in the background has none.
    await never;
  })();
  const isLost = await Promise.race([
    lost.then(() => true),
    quits.then(() => false),
    once(process, 'SIGTERM').then(() => false),
    once(process, 'SIGINT').then(() => false),
  ]);
  await end();
  if (isLost) throw new CannotStart('the radio is gone.');
}

async function* linesOf(scriptPath: string | undefined): AsyncIterable<string> {
  if (scriptPath !== undefined) yield* createInterface({ input: createReadStream(scriptPath) });
  yield* createInterface({ input: process.stdin });
}

async function printLabel(flashPath: string | undefined): Promise<void> {
  const air = createAir();
  const storage = flashPath === undefined ? {} : { storagePath: flashPath };
  const lock = await createSimulatedLock({ air, address: lockAddress, crypto, ...storage });
  process.stdout.write(`${lock.label}\n`);
  await lock.close();
  air.close();
}

const errand = parseLockArguments(process.argv.slice(2));
try {
  if (errand.kind === 'help') process.stdout.write(lockHelp);
  else if (errand.kind === 'label') await printLabel(errand.flashPath);
  else if (errand.kind === 'run') await run(errand);
  else {
    process.stderr.write(`latchwork-lock: ${errand.sentence}\n`);
    process.exit(2);
  }
  process.exit(0);
} catch (error) {
  if (!(error instanceof CannotStart || error instanceof SimulatedLockError || isSystemError(error))) throw error;
  process.stderr.write(`latchwork-lock: ${error.message}\n`);
  process.exit(1);
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}
