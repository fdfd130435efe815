import { callerStep } from '../caller/caller-machine.js';
import type { CallerState } from '../caller/caller-state.js';
import { visitStep } from '../caller/visit-machine.js';
import { concatBytes } from '../encoding/byte-strings.js';
import { splitMessage } from '../encoding/frame.js';
import { liveThroughCommand } from '../lock/lived-command.test-rig.js';
import { lockStep } from '../lock/lock-machine.js';
import type { LinkEvent, LockEvent, LockState } from '../lock/lock-state.js';
import { decodeOperationAnswer, encodeOperationAnswer, operationNames } from '../lock/operation-message.js';
import { decodeResult, encodeHello, encodeRequest, encodeResult } from '../message.js';
import { createXkResponder, readMessage, writeMessage } from '../noise/noise.js';
import { sealRecord } from '../noise/noise-symmetric.js';
import { sessionPrologue } from '../noise/session-prologue.js';
import { signGrant } from '../objects/grant.js';
import { rightNames } from '../objects/rights.js';
import { epochSeconds } from '../session.test-rig.js';
import { sealSetBox } from '../sets/set-box.js';
import { encodeSetEntry } from '../sets/set-entry.js';
import { encodeSetChange } from '../sets/set-message.js';
import { operationBodies, sampleManifest } from './operation-samples.test-rig.js';
import { ask, type FuzzSession, knowingLock, momentAt, openSession, stepLock } from './session.test-rig.js';
import { sampleEntries } from './set-targets.test-rig.js';
import { createTape, tapes } from './tape.test-rig.js';
import { FuzzFault, type FuzzTarget } from './target.test-rig.js';
import type { FuzzWorld } from './world.test-rig.js';

/** Both state machines, fed by strangers and by those who have a session and do not keep to its rules. */
export function machineTargets(world: FuzzWorld): readonly FuzzTarget[] {
  return [linkTarget(world), ...requestTargets(world), callerTarget(world), ...lyingLockTargets(world)];
}

const passwordless = { type: 'noticed', notice: { type: 'tamper' } } as const;

function linkTarget(world: FuzzWorld): FuzzTarget {
  const lived = liveThroughCommand({ crypto: world.crypto, mtu: 60, warm: true });
  const { trust } = lived.property;
  const honest = { ...world, lockContext: lived.lockContext, trust, readings: lived.readings };
  const events = lived.locks.map(({ event }) => event);
  const commandId = lived.locks.flatMap(({ state }) => (state.at === 'moving' ? [state.move.commandId] : []))[0];
  const startOf = lived.locks[0]?.state;
  if (startOf === undefined || commandId === undefined) throw new Error('No command was lived through.');
  const run = (input: Uint8Array): boolean => {
    const tape = createTape(input);
    let lock: LockState = startOf;
    let at = 0;
    let cursor = 0;
    let moves = 0;
    const meet = (event: LockEvent): void => {
      const step = stepLock(honest, lock, event);
      lock = step.lock;
      for (const effect of step.effects) {
        if (effect.type !== 'actuate') continue;
        moves += 1;
        if (String(effect.commandId) !== String(commandId)) throw new FuzzFault('A bolt moves that nobody asked for.');
      }
      if (moves > 1) throw new FuzzFault('One command moves a bolt twice.');
    };
    while (!tape.isOver()) {
      const event = events[cursor % events.length] as LinkEvent;
      const moment = { at, readings: lived.readings, trust };
      switch (tape.next(16)) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
        case 5:
          cursor += 1;
          meet({ ...event, ...moment });
          break;
        case 6: {
          cursor += 1;
          if (event.type !== 'frame') break;
          const frame = event.frame.slice();
          const where = tape.next() % frame.length;
          frame[where] = (frame[where] ?? 0) ^ tape.next();
          meet({ ...event, ...moment, frame });
          break;
        }
        case 7:
          cursor += tape.next(8);
          break;
        case 8:
          meet({ ...moment, type: 'frame', frame: tape.bytes(tape.next(64)), nonce: lived.challenge });
          break;
        case 9:
          meet({
            ...moment,
            type: 'frame',
            frame: startOfMessage(tape.next() << 6, tape.bytes(8)),
            nonce: lived.challenge,
          });
          break;
        case 10:
          at += tape.next() * 50;
          meet({ ...moment, at, type: 'timer' });
          break;
        case 11:
          meet({ ...moment, type: 'disconnected' });
          break;
        case 12:
          meet({ ...(events[0] as LinkEvent), ...moment });
          cursor = 1;
          break;
        case 13:
          meet({
            ...moment,
            ...{ type: 'actuated', nonce: lived.challenge },
            actuation: { outcome: tape.next(2) === 0 ? 'executed' : 'jammed', bolt: 'unlocked' },
          });
          break;
        case 14:
          meet({ ...moment, ...passwordless });
          break;
        default:
          meet({ ...moment, type: 'present' });
      }
    }
    if (input.length % 8 === 0) servesHonest({ ...world, lockContext: { ...lived.lockContext } }, lock, at);
    return true;
  };
  /** Whatever was done to it, the lock then serves whoever keeps to the protocol. */
  function servesHonest(after: FuzzWorld, left: LockState, at: number): void {
    let lock = left;
    const moment = momentAt({ ...after, trust, readings: lived.readings }, at);
    if (lock.at === 'moving' || lock.at === 'finishing') {
      const actuation = { outcome: 'executed', bolt: 'unlocked' } as const;
      lock = lockStep(after.lockContext, lock, {
        ...moment,
        type: 'actuated',
        actuation,
        nonce: lived.challenge,
      }).state;
    }
    lock = lockStep(after.lockContext, lock, { ...moment, type: 'disconnected' }).state;
    const lockKeys = { ...after, lock: lived.lockContext.identity, trust, readings: lived.readings };
    openSession(lockKeys, lock, {
      first: encodeRequest({ operation: { name: 'status', body: new Uint8Array(0) } }),
      at,
    });
  }
  return {
    name: 'lock: link and house',
    share: 10,
    covers: ['openRecord', 'readMessage'],
    corpus: tapes(world, 64),
    run,
  };
}

function startOfMessage(sizeBytes: number, rest: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0x80, sizeBytes >> 8, sizeBytes), rest);
}

/** Somebody with a session and every right but that to move the bolt, who sends what he likes. */
function requestTargets(world: FuzzWorld): readonly FuzzTarget[] {
  const { crypto, tag, holder, signers, challenge } = world;
  const at = 1000;
  const grant = world.note(
    signGrant(crypto, signers.grant.secret, {
      ...{ grantId: crypto.randomBytes(8), locks: [tag], epoch: 1, holderPublicKey: holder.publicKey },
      ...{ notBefore: epochSeconds - 60, expires: epochSeconds + 86_400, issuedAt: epochSeconds - 60 },
      rights: rightNames.filter((right) => right !== 'unlock' && right !== 'lock' && right !== 'hold-open'),
    }),
  );
  const status = encodeRequest({ grant, operation: { name: 'status', body: new Uint8Array(0) } });
  const opened = openSession(world, knowingLock(world), { first: status, at });
  const again = encodeRequest({ operation: { name: 'status', body: new Uint8Array(0) } });
  const send = (payload: Uint8Array, begun: FuzzSession = opened.session): boolean => {
    // A record has a tag of 16 bytes, and a message at most 4096.
    if (payload.length > 4080) return false;
    let session = begun;
    let isOk = false;
    for (let times = 0; times < 2; times += 1) {
      const asked = ask(world, session, { payload, at });
      if (asked.effects.some(({ type }) => type === 'actuate')) throw new FuzzFault('A bolt moves without a right.');
      if (asked.session.lock.at === 'enrolling') {
        const late = stepLock(world, asked.session.lock, { ...momentAt(world, at + 61_000), type: 'timer' });
        if (late.lock.at === 'enrolling') throw new FuzzFault('A lock waits for a card for ever.');
        return true;
      }
      if (asked.answer === undefined) throw new FuzzFault(`A request is not answered: ${asked.session.lock.at}.`);
      isOk =
        asked.answer[0] === 1
          ? decodeResult(asked.answer).code === 'ok'
          : decodeOperationAnswer(asked.answer).code === 'ok';
      session = asked.session;
      if (session.lock.at !== 'session') return isOk;
    }
    const last = ask(world, session, { payload: again, at });
    if (last.answer === undefined) throw new FuzzFault('A session does not go on after its request was refused.');
    decodeOperationAnswer(last.answer);
    return isOk;
  };
  const command = {
    action: 'unlock',
    commandId: challenge,
    ttlMs: 4000,
    intent: 'tap',
    via: 'local',
    nonce: challenge,
  } as const;
  // Whatever the answer is, an answer is what is asked for.
  const served = (payload: Uint8Array): boolean => {
    send(payload);
    return true;
  };
  const bodies = operationBodies(world);
  return [
    {
      ...{ name: 'lock: requests in a session', covers: [], share: 4, run: served },
      corpus: [
        ...[again, status, encodeRequest({ command }), encodeRequest({ command, grant })],
        ...operationNames.map((name) =>
          encodeRequest({ operation: { name, body: bodies[name]?.corpus[0] ?? challenge } }),
        ),
      ],
    },
    ...operationNames.map((name): FuzzTarget => {
      const { corpus = [new Uint8Array(0), challenge], mutate } = bodies[name] ?? {};
      const run = (input: Uint8Array) => served(encodeRequest({ operation: { name, body: input } }));
      return { name: `lock: body of ${name}`, covers: [], corpus, run, share: 2, ...(mutate ? { mutate } : {}) };
    }),
    stagedTarget(world, opened.session, send),
  ];
}

/** Somebody who has a manifest, and puts what he likes into the boxes that the lock opens. */
function stagedTarget(
  world: FuzzWorld,
  session: FuzzSession,
  send: (payload: Uint8Array, begun: FuzzSession) => boolean,
): FuzzTarget {
  const { crypto, tag, lock } = world;
  const begin = encodeRequest({ operation: { name: 'set-begin', body: sampleManifest(world) } });
  const staged = ask(world, session, { payload: begin, at: 1000 }).session;
  const ephemeral = crypto.x25519KeyPair();
  const entries = sampleEntries(world).map(encodeSetEntry);
  return {
    ...{ name: 'lock: what boxes of set-put hold', covers: [], share: 4 },
    corpus: [encodeSetChange({ entries }), encodeSetChange({ entries: [], deleted: [1], bucket: 2 })],
    run(input) {
      const box = sealSetBox(crypto, { lockPublicKey: lock.publicKey, tag, ephemeral }, input.subarray(0, 3900));
      return send(encodeRequest({ operation: { name: 'set-put', body: box } }), staged);
    },
  };
}

/** The caller, and a stranger between it and the lock. */
function callerTarget(world: FuzzWorld): FuzzTarget {
  const lived = liveThroughCommand({ crypto: world.crypto, mtu: 60, warm: true });
  const { callers, callerContext } = lived;
  const run = (input: Uint8Array): boolean => {
    const tape = createTape(input);
    const begun = tape.next() % callers.length;
    let state = (callers[begun]?.state ?? callers[0]?.state) as CallerState;
    let cursor = begun;
    let isEdited = false;
    while (!tape.isOver()) {
      const event = callers[cursor]?.event;
      if (!event) break;
      const kind = tape.next(8);
      cursor += kind === 6 ? 0 : 1;
      if (kind === 7) continue;
      const edit = kind === 5 && event.type === 'frame' ? editOf(event.frame, tape.next(), tape.next()) : undefined;
      isEdited ||= edit?.isEdited === true;
      const wasOver = state.at === 'ended';
      state = callerStep(callerContext, state, edit ? ({ ...event, frame: edit.frame } as typeof event) : event).state;
      if (isEdited && !wasOver && state.at === 'ended' && state.outcome.kind === 'answered') {
        throw new FuzzFault('A caller believes an answer that was edited.');
      }
    }
    return true;
  };
  return { name: 'caller: edited frames', covers: [], share: 6, corpus: tapes(world, 32), run };
}

function editOf(frame: Uint8Array, where: number, mask: number) {
  const edited = frame.slice();
  edited[where % frame.length] = (edited[where % frame.length] ?? 0) ^ mask;
  return { frame: edited, isEdited: mask !== 0 };
}

/** A lock that has the right secret and lies: to a call, to a visit, and in its greeting. */
function lyingLockTargets(world: FuzzWorld): readonly FuzzTarget[] {
  const lived = liveThroughCommand({ crypto: world.crypto, mtu: 247, warm: true });
  const moving = lived.locks.flatMap(({ state }) => (state.at === 'moving' ? [state] : []))[0];
  const commanding = lived.callers.flatMap(({ state }) => (state.at === 'commanding' ? [state] : []))[0];
  const greeting = lived.callers.flatMap(({ state }) => (state.at === 'greeting' ? [state] : []))[0];
  const firstFrame = lived.locks.flatMap(({ event }) => (event.type === 'frame' ? [event.frame] : []))[0];
  if (!moving || !commanding || !greeting || !firstFrame) throw new Error('No command was lived through.');
  const result = encodeResult({
    ...({ code: 'ok', bolt: 'unlocked', batteryPercent: 8, logSeq: 1, logHead: new Uint8Array(16) } as const),
    ...{ repeated: false, nonce: lived.challenge },
  });
  const answers = [result, encodeOperationAnswer({ code: 'ok', nonce: lived.challenge, body: result })];
  const framesOf = (plaintext: Uint8Array) => {
    const { record } = sealRecord(moving.session.transport.send, plaintext.subarray(0, 4080));
    return splitMessage(record, { mtu: 247, firstCounter: moving.connection.sendCounter }).frames;
  };
  const start = createXkResponder({
    ...{ crypto: world.crypto, prologue: sessionPrologue(world.crypto, lived.info, 1) },
    ...{ staticKeyPair: lived.lockContext.identity, ephemeral: world.crypto.x25519KeyPair() },
  });
  const asked = readMessage(start, firstFrame.slice(3)).state;
  const helloFrames = (hello: Uint8Array) =>
    splitMessage(writeMessage(asked, hello.subarray(0, 4000)).message, { mtu: 247, firstCounter: 0 }).frames;
  const { connection, transport } = commanding;
  return [
    {
      ...{ name: 'caller: a lying lock', covers: [], share: 2, corpus: answers.slice(0, 1) },
      run: (input) => {
        let state: CallerState = commanding;
        for (const frame of framesOf(input))
          state = callerStep(lived.callerContext, state, { type: 'frame', at: 0, frame }).state;
        return state.at === 'ended' && state.outcome.kind === 'answered';
      },
    },
    {
      ...{ name: 'visit: a lying lock', covers: [], share: 4, corpus: answers },
      run: (input) => {
        const { crypto } = world;
        const caller = crypto.x25519KeyPair();
        const context = { crypto, caller, mtu: 247, lockPublicKey: world.lock.publicKey };
        let step = visitStep(
          context,
          { at: 'asking', connection, transport, askedAt: 0, waitMs: 0 },
          { type: 'timer', at: 0 },
        );
        for (const frame of framesOf(input)) step = visitStep(context, step.state, { type: 'frame', at: 0, frame });
        return step.state.at === 'open';
      },
    },
    {
      ...{ name: 'caller: a lying greeting', covers: [], share: 2 },
      corpus: [encodeHello({ nonce: lived.challenge, clockQuality: 'none', capabilities: 7 })],
      run: (input) => {
        let state: CallerState = greeting;
        for (const frame of helloFrames(input))
          state = callerStep(lived.callerContext, state, { type: 'frame', at: 0, frame }).state;
        return state.at !== 'ended';
      },
    },
  ];
}
