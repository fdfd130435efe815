import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrokerMessage } from '@latchwork/testing';
import { vi } from 'vitest';
import {
  codeEntry,
  createDesiredLock,
  type DesiredLock,
  type DesiredPortal,
  startDesiredPortal,
} from './desired-lock.test-rig.js';
import { address, crypto, type GatewayRig, startRig } from './gateway.test-rig.js';
import { type LogPortal, startLogPortal } from './log-portal.test-rig.js';
import type { MemoryLock } from './memory-central.test-rig.js';
import type { Link } from './radio/central.js';

/** What a week at one door has left behind: everything that a relay of it could have kept. */
export interface RecordedWeek extends AsyncDisposable {
  readonly rig: GatewayRig;
  readonly lock: MemoryLock;
  /** Every message that passed the broker. */
  readonly messages: readonly BrokerMessage[];
  /** Every frame that was written to the lock, by connection. */
  readonly written: readonly (readonly Uint8Array[])[];
  readonly notified: readonly Uint8Array[];
  /** Every byte of the gateway's folder, its secret included. */
  readonly files: readonly Uint8Array[];
  /** Codes that were taken back within the week. */
  readonly revokedDigits: readonly string[];
  readonly validDigits: string;
  /** What only the property and the lock may know. */
  readonly secrets: readonly Uint8Array[];
  /** Whether the bolt moves for whoever enters these digits. */
  opensBy(digits: string): Promise<boolean>;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const days = 7;

/** Lives through a week at one door, each day with an unlock, another code, a card, and the code of the day before revoked. */
export async function liveThroughWeek(): Promise<RecordedWeek> {
  const rig = await startRig();
  const lock = rig.central.addLock(rig.property.trust);
  const written: Uint8Array[][] = [];
  const notified: Uint8Array[] = [];
  const connect = rig.central.connect.bind(rig.central);
  rig.central.connect = async (tag, options) => recorded(await connect(tag, options), written, notified);
  const known = { url: rig.broker.url, address, crypto, property: rig.property };
  const now = () => rig.clock.now();
  const portal: DesiredPortal = await startDesiredPortal(known);
  const logs: LogPortal = await startLogPortal({ ...known, lock, now });
  const desired: DesiredLock = createDesiredLock({ ...known, lock, now });
  const validDigits = '482915';
  const revokedDigits: string[] = [];
  const cardSecret = crypto.randomBytes(16);
  const card = { kind: 'aes', uid: crypto.randomBytes(7), secret: cardSecret } as const;
  const standing = [codeEntry(crypto, 1, validDigits), { id: 2, credential: card }];

  for (let day = 0; day < days; day += 1) {
    const digits = `77310${day}`;
    await portal.desire(desired.publish([...standing, codeEntry(crypto, 10 + day, digits)]));
    await portal.proof(desired);
    const command = rig.command(lock);
    await rig.portal.send(command);
    await rig.portal.result(command.commandId);
    await portal.desire(desired.revoke([10 + day]));
    await portal.proof(desired);
    revokedDigits.push(digits);
    if (day === days - 1) {
      const gatewaySecret = await readFile(join(rig.config.dataDir, 'gateway-x25519.secret'), 'utf8');
      const { publicKey } = crypto.x25519KeyPair(new Uint8Array(Buffer.from(gatewaySecret.trim(), 'hex')));
      await logs.allow(publicKey, { lifeMs: 30 * dayMs });
      await rig.portal.settle();
    }
    // Nobody comes at night.
    await rig.stopGateway();
    await rig.clock.advance(dayMs);
    if (day < days - 1) await rig.startGateway();
  }
  await portal[Symbol.asyncDispose]();
  await logs[Symbol.asyncDispose]();
  rig.portal.answer = 'silence';
  const { dataDir } = rig.config;
  const names = await readdir(dataDir, { recursive: true, withFileTypes: true });
  const paths = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const digitBytes = [validDigits, ...revokedDigits].map((digits) => Buffer.from(digits));
  return {
    ...{ rig, lock, messages: [...rig.broker.recorded], written: [...written], notified: [...notified] },
    files: await Promise.all(paths.map(async (path) => new Uint8Array(await readFile(path)))),
    ...{ revokedDigits, validDigits, secrets: [cardSecret, ...digitBytes] },
    async opensBy(digits) {
      // Long enough after whoever guessed last.
      await rig.clock.advance(hourMs);
      const before = lock.moves.length;
      lock.enterCode(digits);
      await rig.clock.advance(10_000);
      return lock.moves.length > before;
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

function recorded(link: Link, written: Uint8Array[][], notified: Uint8Array[]): Link {
  const frames: Uint8Array[] = [];
  written.push(frames);
  return {
    ...link,
    write(frame, o) {
      frames.push(Uint8Array.from(frame));
      return link.write(frame, o);
    },
    onNotify: (listener) =>
      link.onNotify((frame) => {
        notified.push(Uint8Array.from(frame));
        listener(frame);
      }),
  };
}

/** Lets time pass until something has ended, however it ends. */
export async function inTime<Result>(rig: GatewayRig, work: Promise<Result>): Promise<Result | 'failed'> {
  let ended = false;
  const end = work
    .catch(() => 'failed' as const)
    .finally(() => {
      ended = true;
    });
  await vi.waitFor(
    async () => {
      await rig.clock.advance(200);
      if (!ended) throw new Error('not yet');
    },
    { timeout: 30_000, interval: 1 },
  );
  return await end;
}
