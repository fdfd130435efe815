import { verifyCertificate } from './certificate.js';
import { createLock } from './lock.js';
import { createMemory, rememberCertificate } from './memory.js';
import { sha256 } from './primitives.js';
import { boltPositions } from './result.js';
import { bytes, hex, readVectors } from './vectors.test-rig.js';

/** A whole session with all its secrets. */
export interface GoldenSession {
  trust: { rootPublicKey: string; property: string; epoch: number };
  utcSeconds: number;
  lock: {
    secret: string;
    ephemeralSecret: string;
    holdsCertificate: boolean;
    resultNonces: string[];
    logEntries: string[];
    moves?: number[];
  };
  caller: { certificate: string };
  info: string;
  messages: { from: 'caller' | 'lock'; message: string }[];
}

/** The golden sessions, without and with the certificate exchange. */
export const sessions = readVectors<Record<'warm' | 'cold', GoldenSession>>('session');

/** The golden sessions with several requests: grants, refusals, a repeated id, an operation. */
export const requestSessions = readVectors<Record<string, GoldenSession>>('requests');

/** A lock that draws what the lock of a golden session drew; `moves` are the actions that its bolt has done. */
export function goldenLock(golden: GoldenSession) {
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
      return boltPositions[[1, 2, 1, 3][moves.at(-1) ?? 0] ?? 0] ?? 'unknown';
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
    randomBytes: (sizeBytes) => (drawn.length === 0 ? new Uint8Array(sizeBytes).fill(9) : bytes(drawn.shift() ?? '')),
  });
  return { lock, moves, drawn };
}
