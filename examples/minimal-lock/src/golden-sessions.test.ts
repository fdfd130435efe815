import { describe, expect, it } from 'vitest';
import { verifyCertificate } from './certificate.js';
import { createFrameReader, createFrameWriter } from './frames.js';
import { createLock } from './lock.js';
import { createMemory, rememberCertificate } from './memory.js';
import { sha256 } from './primitives.js';
import { bytes, hex, readVectors } from './vectors.test-rig.js';

interface GoldenSession {
  trust: { rootPublicKey: string; property: string; epoch: number };
  utcSeconds: number;
  lock: {
    secret: string;
    ephemeralSecret: string;
    holdsCertificate: boolean;
    resultNonces: string[];
    logEntries: string[];
  };
  caller: { certificate: string };
  info: string;
  messages: { from: 'caller' | 'lock'; message: string }[];
}

const sessions = readVectors<Record<'warm' | 'cold', GoldenSession>>('session');

function goldenLock(golden: GoldenSession) {
  const trust = {
    ...golden.trust,
    rootPublicKey: bytes(golden.trust.rootPublicKey),
    property: bytes(golden.trust.property),
  };
  const clock = { quality: 'good', utcSeconds: golden.utcSeconds } as const;
  const certificate = verifyCertificate(bytes(golden.caller.certificate), trust, clock);
  const kid = hex(sha256(certificate.publicKey).subarray(0, 4));
  const empty = createMemory(trust);
  const drawn = [golden.info.slice(24), golden.lock.ephemeralSecret, ...golden.lock.resultNonces];
  const moves: number[] = [];
  const hardware = {
    moveBolt: (action: number) => {
      moves.push(action);
      return 'ok' as const;
    },
    get bolt() {
      return moves.length === 0 ? ('locked' as const) : ('unlocked' as const);
    },
    batteryPercent: 50,
    clock,
    roomIsPrivate: false,
    store: () => undefined,
  };
  const lock = createLock({
    tag: bytes(golden.info.slice(8, 24)),
    secret: bytes(golden.lock.secret),
    memory: golden.lock.holdsCertificate ? rememberCertificate(empty, { kid, certificate }) : empty,
    hardware,
    randomBytes: () => bytes(drawn.shift() ?? ''),
  });
  return { lock, moves };
}

describe.each(['warm', 'cold'] as const)('session.json, %s', (name) => {
  const golden = sessions[name];
  it.each([23, 185, 247, 517])('the lock answers byte for byte at an MTU of %i', (mtu) => {
    const { lock, moves } = goldenLock(golden);
    expect(hex(lock.connect(mtu, 0))).toBe(golden.info);
    const write = createFrameWriter(mtu);
    const reader = createFrameReader(4096);
    const answers: string[] = [];
    for (const { message } of golden.messages.filter(({ from }) => from === 'caller')) {
      for (const frame of write(bytes(message))) {
        for (const reply of lock.frame(frame, 100).frames) {
          const collected = reader.collect(reply);
          if (collected.kind === 'message') answers.push(hex(collected.message));
        }
      }
    }
    expect(answers).toEqual(golden.messages.filter(({ from }) => from === 'lock').map(({ message }) => message));
    expect(lock.memory.log.entries.map(hex)).toEqual(golden.lock.logEntries);
    expect(moves).toEqual([1]);
  });
});
