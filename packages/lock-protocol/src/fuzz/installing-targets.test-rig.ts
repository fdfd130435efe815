import { encodeCommissionOrder } from '../commissioning/commission-order.js';
import { signIdentity } from '../commissioning/identity-statement.js';
import { installerDeadline, installerStep, startInstaller } from '../commissioning/installer-machine.js';
import {
  decodeInstallProgress,
  encodeInstallProgress,
  type InstallProgress,
} from '../commissioning/installer-progress.js';
import type {
  InstallerContext,
  InstallerEffect,
  InstallerEvent,
  InstallerState,
} from '../commissioning/installer-state.js';
import { signLockCertificate } from '../commissioning/lock-certificate.js';
import { setupPsk } from '../commissioning/setup-label.js';
import { equalBytes } from '../encoding/byte-strings.js';
import { kidOf, readClaims, readObject, signObject, verifyObject } from '../encoding/cose.js';
import { splitMessage } from '../encoding/frame.js';
import { lockDeadline } from '../lock/lock-deadline.js';
import { startLock } from '../lock/lock-machine.js';
import { emptyMemory } from '../lock/lock-memory.js';
import type { LockEvent, LockState } from '../lock/lock-state.js';
import { decodeOperationAnswer, encodeOperationAnswer } from '../lock/operation-message.js';
import { signLogHead } from '../log/log-head.js';
import { encodeHello } from '../message.js';
import { createHandshake, type NoiseTransport, readMessage, split, writeMessage } from '../noise/noise.js';
import { noisePatterns } from '../noise/noise-pattern.js';
import { sealRecord } from '../noise/noise-symmetric.js';
import { sessionPrologue } from '../noise/session-prologue.js';
import { epochSeconds } from '../session.test-rig.js';
import type { Dice } from './dice.test-rig.js';
import { mutateClaims } from './mutate.test-rig.js';
import { momentAt, stepLock } from './session.test-rig.js';
import { createTape, tapes } from './tape.test-rig.js';
import { FuzzFault, type FuzzTarget } from './target.test-rig.js';
import type { FuzzWorld } from './world.test-rig.js';

const mtu = 247;

/** The machine of who commissions a lock: over a link that somebody else has in hand, and at a lock that lies. */
export function installingTargets(world: FuzzWorld): readonly FuzzTarget[] {
  return [linkTarget(world), ...lyingTargets(world)];
}

function contextOf(world: FuzzWorld): InstallerContext {
  const { crypto, lockContext } = world;
  return { crypto, setupSecret: lockContext.setupSecret ?? world.tag, installer: crypto.x25519KeyPair(), mtu };
}

/** The property's order for the world's lock. */
function orderOf({
  crypto,
  tag,
  lock,
  lockSigning,
  property,
  signers,
  signedCertificates,
  root,
}: FuzzWorld): Uint8Array {
  const keys = { lock: tag, publicKey: lock.publicKey, signingPublicKey: lockSigning.publicKey };
  const certified = { ...keys, property, issuedAt: epochSeconds, epoch: 1 };
  return encodeCommissionOrder({
    ...{ rootPublicKey: root.publicKey, property, certificate: signedCertificates.cert },
    lockCertificate: signLockCertificate(crypto, signers.cert.secret, certified),
  });
}

/** One event at an installer's machine; it never throws, and waits for some moment until it has ended. */
function stepInstaller(
  world: FuzzWorld,
  o: { context: InstallerContext; state: InstallerState; event: InstallerEvent },
) {
  const { context, state, event } = o;
  const step = installerStep(context, state, event);
  const { state: next } = step;
  const due = installerDeadline(next);
  if (next.at !== 'ended' && !Number.isFinite(due)) throw new FuzzFault('An installer waits for ever.');
  const end = next.at === 'ended' ? next.end : undefined;
  const fault = end?.kind === 'failed' ? `${end.fault.code} ${'reason' in end.fault ? end.fault.reason : ''}` : '';
  world.went(`installer ${state.at} ${event.type} ${next.at} ${fault}`);
  for (const effect of step.effects) {
    if (effect.type !== 'keep') continue;
    const kept = decodeInstallProgress(encodeInstallProgress(effect.progress));
    if (kept.at !== effect.progress.at) throw new FuzzFault('A progress is kept as another one.');
  }
  return step;
}

function linkTarget(told: FuzzWorld): FuzzTarget {
  const { trust: _nobody, ...world } = told;
  const { crypto, info, challenge } = world;
  const order = orderOf(told);
  const context = contextOf(told);

  /** An installer at a lock, and what is under way between them. */
  function createScene() {
    let lock: LockState = startLock(emptyMemory);
    let state: InstallerState = startInstaller(0);
    let kept: InstallProgress | undefined;
    let at = 0;
    const toLock: Uint8Array[] = [];
    const toInstaller: Uint8Array[] = [];
    /** What the driver owes the installer: the order, or that something is kept. */
    const owed: InstallerEvent[] = [];

    const meetLock = (event: LockEvent): void => {
      const step = stepLock(world, lock, event);
      lock = step.lock;
      for (const effect of step.effects) if (effect.type === 'notify') toInstaller.push(...effect.frames);
    };
    const take = (effects: readonly InstallerEffect[]): void => {
      for (const effect of effects) {
        if (effect.type === 'write') toLock.push(...effect.writes.map(({ frame }) => frame));
        else if (effect.type === 'certify') owed.push({ type: 'certified', at, order });
        else {
          kept = effect.progress;
          owed.push({ type: 'kept', at, step: kept.at });
        }
      }
    };
    const meet = (event: InstallerEvent): void => {
      const step = stepInstaller(told, { context, state, event });
      state = step.state;
      take(step.effects);
      if (state.at !== 'ended' || state.end.kind !== 'confirmed') return;
      const obeyed = lock.memory.trust?.orderHash;
      if (!obeyed || !equalBytes(obeyed, crypto.sha256(order)))
        throw new FuzzFault('An installer believes in an order that the lock does not obey.');
    };
    return {
      meet,
      meetLock,
      moment: () => momentAt(world, at),
      isConfirmed: () => state.at === 'ended' && state.end.kind === 'confirmed',
      wait: (ms: number) => {
        at += ms;
      },
      /** A new connection: the app begins again with what it kept. */
      connect: (): void => {
        toLock.length = 0;
        toInstaller.length = 0;
        owed.length = 0;
        meetLock({ ...momentAt(world, at), type: 'disconnected' });
        meetLock({ ...momentAt(world, at), type: 'connected', mtu, info, ephemeral: crypto.x25519KeyPair() });
        state = startInstaller(at, kept && decodeInstallProgress(encodeInstallProgress(kept)));
        meet({ type: 'started', at, info, ephemeral: crypto.x25519KeyPair() });
      },
      losePower: () => {
        lock = startLock(lock.memory);
      },
      timers: () => {
        at = Math.max(at, Math.min(lockDeadline(lock) ?? at, installerDeadline(state) ?? at));
        meetLock({ ...momentAt(world, at), type: 'timer' });
        meet({ type: 'timer', at });
      },
      /** What is next of all that is under way, as `edit` lets it pass; `false` when nothing is. */
      carry: (edit: (frame: Uint8Array) => Uint8Array | undefined): boolean => {
        const [up, down, due] = [toLock.shift(), toInstaller.shift(), owed.shift()];
        if (due) meet({ ...due, at });
        const upward = up && edit(up);
        if (upward) meetLock({ ...momentAt(world, at), type: 'frame', frame: upward, nonce: challenge });
        const downward = down && edit(down);
        if (downward) meet({ type: 'frame', at, frame: downward });
        return Boolean(up ?? down ?? due);
      },
      repeat: () => {
        toLock.unshift(...toLock.slice(0, 1));
        toInstaller.unshift(...toInstaller.slice(0, 1));
      },
    };
  }

  return {
    ...{ name: 'installer: an edited link', covers: [], corpus: tapes(told, 48), share: 4 },
    run: (input) => {
      const tape = createTape(input);
      const scene = createScene();
      scene.meetLock({ ...scene.moment(), type: 'present' });
      scene.connect();
      while (!tape.isOver()) {
        switch (tape.next(16)) {
          case 7:
            scene.carry((frame) => {
              const edited = frame.slice();
              const where = tape.next() % edited.length;
              edited[where] = (edited[where] ?? 0) ^ tape.next();
              return edited;
            });
            break;
          case 8:
            scene.carry(() => undefined);
            break;
          case 9:
            scene.repeat();
            break;
          case 10:
            scene.carry(() => tape.bytes(tape.next(80)));
            break;
          case 11:
            scene.connect();
            break;
          case 12:
            scene.timers();
            break;
          case 13:
            scene.losePower();
            scene.meetLock({ ...scene.moment(), type: 'present' });
            break;
          case 14:
            scene.meet({ type: 'failed', at: 0, reason: 'link-closed' });
            break;
          case 15:
            scene.wait(tape.next() * 500);
            break;
          default:
            scene.carry((frame) => frame);
        }
      }
      // Whatever was in between, what was kept leads on.
      scene.losePower();
      scene.meetLock({ ...scene.moment(), type: 'present' });
      scene.connect();
      while (scene.carry((frame) => frame));
      if (!scene.isConfirmed()) throw new FuzzFault('An installer does not come to an end any more.');
      return true;
    },
  };
}

/** A lock with the right secret, that says what it likes: in its greeting, of itself, and when it confirms. */
function lyingTargets(world: FuzzWorld): readonly FuzzTarget[] {
  const { crypto, info, tag, lock, lockSigning, challenge } = world;
  const context = contextOf(world);
  const order = orderOf(world);
  const ephemeral = crypto.x25519KeyPair();
  const started = installerStep(context, startInstaller(0), {
    type: 'started',
    at: 0,
    info,
    ephemeral: crypto.x25519KeyPair(),
  });
  const framesOf = (message: Uint8Array, firstCounter: number) => splitMessage(message, { mtu, firstCounter }).frames;
  const writtenIn = (effects: readonly InstallerEffect[]) =>
    effects.flatMap((effect) => (effect.type === 'write' ? effect.writes.map(({ frame }) => frame) : []));
  const messageIn = (effects: readonly InstallerEffect[]): Uint8Array => {
    const [frame, ...more] = writtenIn(effects);
    if (!frame || more.length > 0) throw new Error('A message of the installer has one frame.');
    return frame.slice(3);
  };
  const responder = createHandshake({
    ...{ crypto, role: 'responder', pattern: noisePatterns.XXpsk3, staticKeyPair: lock, ephemeral },
    psk: setupPsk(crypto, context.setupSecret),
    prologue: sessionPrologue(crypto, info, 1),
  });
  const asked = readMessage(responder, messageIn(started.effects)).state;
  const hello = encodeHello({ nonce: challenge, clockQuality: 'none', capabilities: 7 });
  const greeting = writeMessage(asked, hello);
  const hear = (state: InstallerState, frames: readonly Uint8Array[]) => {
    let step: ReturnType<typeof installerStep> = { state, effects: [] };
    for (const frame of frames) {
      const { state: before } = step;
      const next = stepInstaller(world, { context, state: before, event: { type: 'frame', at: 0, frame } });
      step = { state: next.state, effects: [...step.effects, ...next.effects] };
    }
    return step;
  };
  const proving = hear(started.state, framesOf(greeting.message, 0));
  const transport: NoiseTransport = split(readMessage(greeting.state, messageIn(proving.effects)).state);
  const { handshakeHash } = transport;
  const answer = (body: Uint8Array) => encodeOperationAnswer({ code: 'ok', nonce: challenge, body });
  const seal = (plaintext: Uint8Array, by: NoiseTransport, counter: number) => {
    const { record, cipher } = sealRecord(by.send, plaintext.subarray(0, 4080));
    return { frames: framesOf(record, counter), by: { ...by, send: cipher } };
  };
  const keys = { lock: tag, publicKey: lock.publicKey, signingPublicKey: lockSigning.publicKey };
  const identity = answer(
    signIdentity(crypto, lockSigning.secret, { identity: { ...keys, resets: 0 }, handshakeHash }),
  );
  const stated = seal(identity, transport, 1);
  const identified = hear(proving.state, stated.frames).state;
  const certified = installerStep(context, identified, { type: 'certified', at: 0, order }).state;
  const ordered = installerStep(context, certified, { type: 'kept', at: 0, step: 'certified' }).state;
  if (ordered.at !== 'ordered') throw new Error('An installer does not get as far as its order.');
  const head = signLogHead(crypto, lockSigning.secret, {
    ...{ lock: tag, issuedAt: epochSeconds, quality: 'good', epoch: 1, seq: 2, hash: crypto.randomBytes(32) },
    ...{ resets: 0, newest: 2, overwritten: 0, acknowledged: 0 },
  });
  /** What a lock answered, with other claims, signed as that lock would. */
  const resign = (type: 'OLP1-identity' | 'OLP1-head') => (dice: Dice, input: Uint8Array) => {
    try {
      const claims = mutateClaims(dice, readClaims(readObject(decodeOperationAnswer(input).body)));
      const signer = { secret: lockSigning.secret, kid: kidOf(crypto, lockSigning.publicKey) };
      const binding = type === 'OLP1-identity' ? { binding: handshakeHash } : {};
      return answer(signObject(crypto, { ...signer, type, claims, ...binding }));
    } catch {
      return undefined;
    }
  };
  const isSigned = (body: Uint8Array, type: 'OLP1-identity' | 'OLP1-head') =>
    verifyObject(crypto, readObject(body), {
      ...{ publicKey: lockSigning.publicKey, type },
      ...(type === 'OLP1-identity' ? { binding: handshakeHash } : {}),
    }) !== undefined;
  return [
    {
      ...{ name: 'installer: a lying greeting', covers: [], corpus: [hello], share: 2 },
      run: (input) => {
        const lie = writeMessage(asked, input.subarray(0, 4000)).message;
        return hear(started.state, framesOf(lie, 0)).state.at === 'proving';
      },
    },
    {
      ...{ name: 'installer: a lock lies of itself', covers: [], corpus: [identity], share: 2 },
      mutate: resign('OLP1-identity'),
      run: (input) => {
        const { state } = hear(proving.state, seal(input, transport, 1).frames);
        if (state.at !== 'identified') return false;
        if (!isSigned(state.stated.statement, 'OLP1-identity'))
          throw new FuzzFault('An identity is believed unsigned.');
        return true;
      },
    },
    {
      ...{ name: 'installer: a lock lies when it confirms', covers: [], corpus: [answer(head)], share: 2 },
      mutate: resign('OLP1-head'),
      run: (input) => {
        const { state } = hear(ordered, seal(input, stated.by, 2).frames);
        if (state.at !== 'ended' || state.end.kind !== 'confirmed') return false;
        if (!isSigned(state.end.progress.head, 'OLP1-head')) throw new FuzzFault('A head is believed unsigned.');
        return true;
      },
    },
  ];
}
