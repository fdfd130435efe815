import { type CryptoProvider, LockProtocolError } from '@latchwork/lock-protocol';
import { showFor } from './forgery.js';
import { fromHex, toHex } from './hex.js';
import type { Action } from './history.js';
import type { RadioLink } from './radio-link.js';
import { openRawCaller, type RawCaller } from './raw-caller.js';
import type { Attempt, AuthorityTruth } from './truth.js';
import type { WatchedLock } from './watch.js';
import type { World } from './world.js';

type Abuse = Extract<Action, { do: 'abuse' }>;
type Replay = Extract<Action, { do: 'replay' }>;

/** Sends a lock what was recorded on the radio before, on a connection of its own. */
export async function replay(world: World, action: Replay): Promise<void> {
  const { recordings, time, watch } = world;
  if (recordings.length === 0) return;
  const recording = recordings[action.recording % recordings.length];
  const number = action.lock ?? recording?.lock ?? 0;
  const lock = world.locks[number % world.locks.length];
  const link = lock && world.connect(lock, action.link);
  if (link === undefined || recording === undefined) return;
  watch.count('replay');
  for (const frame of recording.frames.slice(action.skip)) {
    if (!link.isOpen) break;
    await link.write(frame, { withResponse: false });
    if (action.gapMs > 0) await time.wait(action.gapMs);
  }
  await time.wait(3000);
  link.close();
}

/** A caller that shows whatever it holds with whatever key it holds, for whatever command it likes. */
export async function abuse(world: World, action: Abuse): Promise<void> {
  const lock = world.locks[action.lock % world.locks.length];
  const link = lock && world.connect(lock, action.link);
  if (lock === undefined || link === undefined) return;
  world.watch.count('abuse');
  try {
    await attack(world, lock, { action, link });
  } catch (error) {
    if (!(error instanceof LockProtocolError) && link.isOpen) throw error;
  } finally {
    world.recordings.push({ lock: lock.number, frames: link.written });
    link.close();
  }
}

async function attack(
  world: World,
  lock: WatchedLock,
  { action, link }: { readonly action: Abuse; readonly link: RadioLink },
): Promise<void> {
  const { time, watch, crypto } = world;
  const presenter = world.keysOf(action.presenter);
  const caller = await openRawCaller({
    crypto,
    time,
    link,
    lockPublicKey: lock.door.publicKey,
    caller: presenter.keys,
  });
  if (caller === undefined) return;
  const fresh = crypto.randomBytes(8);
  const { shown, command } = action;
  const authority = showFor(world, lock, { shown, command, link, presenter, commandId: fresh });
  const its = authority?.kind === 'token' ? fromHex(authority.commandId) : undefined;
  const newest = world.newestCommands.get(lock.number);
  const first = { its, newest, new: undefined }[action.commandId] ?? fresh;
  await time.wait(action.heldMs);
  const ask = asking(world, lock, { action, link, presenter: presenter.name, authority, caller });
  let nonces: readonly Uint8Array[] = [];
  let answer = await ask(first, { isFresh: true });
  for (const { afterMs, quotes } of action.again) {
    if (answer === undefined) return;
    nonces = [...nonces, answer.nonce];
    await time.wait(afterMs);
    const nonce = quotes === 'last' ? nonces.at(-1) : quotes === 'older' ? nonces.at(-2) : undefined;
    answer = await ask(crypto.randomBytes(8), { isFresh: quotes === 'last', ...(nonce ? { nonce } : {}) });
    watch.count('abuse: again');
  }
}

/** Sends one command after writing down that it is sent. */
function asking(
  world: World,
  lock: WatchedLock,
  o: {
    readonly action: Abuse;
    readonly link: RadioLink;
    readonly presenter: string;
    readonly authority: AuthorityTruth | undefined;
    readonly caller: RawCaller;
  },
) {
  const { action, intent, via, ttlMs } = o.action.command;
  const { authority, presenter, link } = o;
  return async (
    commandId: Uint8Array,
    { isFresh, nonce }: { readonly isFresh: boolean; readonly nonce?: Uint8Array },
  ) => {
    const attempt: Attempt = {
      ...{ commandId: toHex(commandId), action, intent, via, presenter, isFresh, deadline: Number.POSITIVE_INFINITY },
      ...(authority ? { authority } : {}),
    };
    link.attempts.push(attempt);
    const command = { commandId, action, intent, via, ttlMs, ...(nonce ? { nonce } : {}) };
    const shown = authority ? { shown: { kind: authority.kind, bytes: authority.bytes } } : {};
    const certificate = authority ? { certificate: authority.certificate } : {};
    const answer = await o.caller.request({ ...command, ...shown, ...certificate });
    if (answer?.code === 'position-unknown' && answer.repeated && lock.moves.get(attempt.commandId) === 'logged')
      world.watch.blame(lock.number, { kind: 'untrue', because: `${attempt.commandId} was executed, and not known` });
    world.watch.note(lock.number, `abuse: ${answer?.code} ${answer?.repeated}`);
    world.watch.count(`abuse answered: ${answer?.code ?? 'nothing'}`);
    return answer;
  };
}

/** Tries every grant a phone ever had, one after another in one session, as whoever kept the phone would. */
export async function tryEverything(
  world: World,
  lock: WatchedLock,
  { name, keys, grants }: World['phones'][number],
): Promise<void> {
  const link = world.connect(lock, { mtu: 247, latencyMs: 10, faults: [] });
  if (link === undefined || grants.length === 0) return link?.close();
  const crypto: CryptoProvider = world.crypto;
  const caller = await openRawCaller({
    ...{ crypto, time: world.time, link, lockPublicKey: lock.door.publicKey, caller: keys },
  });
  let nonce: Uint8Array | undefined;
  for (const authority of grants.slice(-6)) {
    const commandId = crypto.randomBytes(8);
    const command = { action: 'unlock', intent: 'biometric', via: 'local' } as const;
    link.attempts.push({
      ...{ commandId: toHex(commandId), ...command, presenter: name, authority, isFresh: true },
      deadline: Number.POSITIVE_INFINITY,
    });
    const answer = await caller?.request({
      ...{ commandId, ...command, ttlMs: 4000, shown: { kind: 'grant', bytes: authority.bytes } },
      ...{ certificate: authority.certificate, ...(nonce ? { nonce } : {}) },
    });
    world.watch.note(lock.number, `tried: ${answer?.code}`);
    world.watch.count(`tried at the end: ${answer?.code ?? 'nothing'}`);
    nonce = answer?.nonce;
    if (answer === undefined) break;
  }
  link.close();
}
