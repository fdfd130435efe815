import { answerCodes } from '../answer-code.js';
import { concatBytes } from '../encoding/byte-strings.js';
import { acceptFrame, emptyReassembly, splitMessage } from '../encoding/frame.js';
import { decodeInfo, decodeServiceData, encodeInfo, encodeServiceData } from '../encoding/gatt.js';
import { decodeLockMemory, emptyMemory, encodeLockMemory, memoryUnder } from '../lock/lock-memory.js';
import { decodeStatus, encodeStatus } from '../lock/lock-status.js';
import { decodeOperationAnswer, encodeOperationAnswer, operationNames } from '../lock/operation-message.js';
import {
  decodeLogEntry,
  decodeLogNumbers,
  emptyLog,
  encodeLogEntry,
  encodeLogNumbers,
  seqOfLogEntry,
} from '../log/lock-log.js';
import { signLogHead } from '../log/log-head.js';
import { writeLogImage } from '../log/log-image.js';
import { answerLogRead, encodeLogRead } from '../log/log-operation.js';
import { decodeLogPage, encodeLogPage, readLog } from '../log/log-page.js';
import { readLogReport, startLogReader } from '../log/log-reader.js';
import { appendToLogRing, emptyLogRing, openLogRing } from '../log/log-ring.js';
import { logSegmentSlots, segmentHeaderSizeBytes } from '../log/log-segment.js';
import {
  capabilities,
  decodeHello,
  decodeRequest,
  decodeResult,
  encodeHello,
  encodeRequest,
  encodeResult,
} from '../message.js';
import { decodeRights, encodeRights } from '../objects/rights.js';
import { epochSeconds } from '../session.test-rig.js';
import { FuzzFault, type FuzzTarget, readerTarget, sizeOf } from './target.test-rig.js';
import type { FuzzWorld } from './world.test-rig.js';

/** What travels unsigned, or only under the session's seal. */
export function byteTargets(world: FuzzWorld): readonly FuzzTarget[] {
  const { crypto, tag, challenge, signedCertificates } = world;
  const id = crypto.randomBytes(8);
  const command = { action: 'unlock', commandId: id, ttlMs: 4000, intent: 'tap', via: 'local' } as const;
  const result = {
    ...({ code: 'ok', bolt: 'unlocked', batteryPercent: 80, logSeq: 7, nonce: challenge, repeated: false } as const),
    logHead: crypto.randomBytes(16),
  };
  const first = (bytes: Uint8Array, sizeBytes: number) => bytes.subarray(0, sizeBytes);
  return [
    readerTarget({
      ...{ name: 'INFO', covers: ['decodeInfo'], read: decodeInfo, write: encodeInfo },
      corpus: [world.info, concatBytes(world.info, crypto.randomBytes(44))],
    }),
    readerTarget({
      ...{ name: 'service data', covers: ['decodeServiceData'], read: decodeServiceData },
      corpus: [encodeServiceData({ version: 1, flags: 5, tag })],
      write: encodeServiceData,
    }),
    readerTarget({
      ...{ name: 'hello', covers: [], read: decodeHello, write: encodeHello },
      corpus: [encodeHello({ nonce: challenge, clockQuality: 'good', capabilities: capabilities.unlock })],
    }),
    readerTarget({
      ...{ name: 'request', covers: [] },
      read: (input) => {
        const decoded = decodeRequest(input);
        return decoded.readable ? decoded.request : undefined;
      },
      write: encodeRequest,
      corpus: [
        encodeRequest({ command, token: crypto.randomBytes(119), certificate: signedCertificates.cmd }),
        encodeRequest({ command: { ...command, via: 'remote', nonce: challenge }, grant: crypto.randomBytes(152) }),
        ...operationNames.map((name) => encodeRequest({ operation: { name, body: crypto.randomBytes(20) } })),
      ],
    }),
    readerTarget({
      ...{ name: 'result', covers: [], read: decodeResult, write: encodeResult },
      corpus: [encodeResult(result), encodeResult({ ...result, code: 'jammed', batteryPercent: null })],
    }),
    readerTarget({
      ...{ name: 'operation answer', covers: ['decodeOperationAnswer'], read: decodeOperationAnswer, same: 'exact' },
      write: encodeOperationAnswer,
      corpus: [encodeOperationAnswer({ code: 'ok', nonce: challenge, body: id })],
    }),
    readerTarget({
      ...{ name: 'status', covers: ['decodeStatus'], read: decodeStatus, write: encodeStatus },
      corpus: [
        encodeStatus({
          ...({ bolt: 'locked', batteryPercent: 50, clockQuality: 'good', utcSeconds: epochSeconds } as const),
          ...{ epoch: 1, logSeq: 7, logHead: crypto.randomBytes(32), firmwareVersion: 3 },
          set: {
            ...{ epoch: 1, revision: 7, digest: crypto.randomBytes(32), standing: { epoch: 1, revision: 8 } },
            staged: 3,
          },
        }),
      ],
    }),
    readerTarget({
      ...{ name: 'rights', covers: ['decodeRights'], corpus: [Uint8Array.of(0, 0, 7, 255)] },
      read: (input) => decodeRights(new DataView(concatBytes(input, new Uint8Array(4)).buffer).getUint32(0)),
      write: (rights) => {
        const bytes = new Uint8Array(4);
        new DataView(bytes.buffer).setUint32(0, encodeRights(rights));
        return bytes;
      },
    }),
    {
      ...{ name: 'frames', covers: [], corpus: framesCorpus(world) },
      run: (input) => {
        let reassembly = emptyReassembly;
        let heard = 0;
        for (let at = 0; at < input.length; ) {
          const sizeBytes = ((input[at] ?? 0) << 8) | (input[at + 1] ?? 0);
          const frame = input.subarray(at + 2, at + 2 + sizeBytes);
          at += 2 + sizeBytes;
          const accepted = acceptFrame(reassembly, { frame, at: 0 });
          reassembly = accepted.reassembly;
          heard += accepted.message?.length ?? 0;
          const { partial } = reassembly;
          const kept = partial ? sizeOf(partial.parts) - 8 : 0;
          if (partial && (partial.sizeBytes > 4096 || kept > partial.sizeBytes || kept > input.length)) {
            throw new FuzzFault(`A message of ${partial.sizeBytes} bytes was announced, and ${kept} are kept.`);
          }
        }
        return heard > 0 && heard <= input.length;
      },
    },
    readerTarget({
      ...{ name: 'lock memory', covers: ['decodeLockMemory'], read: decodeLockMemory, write: encodeLockMemory },
      corpus: [
        encodeLockMemory(emptyMemory),
        encodeLockMemory({
          ...memoryUnder(emptyMemory, world.trust),
          ...{ epoch: 3, timeFloor: epochSeconds, certificates: Object.values(signedCertificates) },
          ...{ floors: new Map([[3, 17]]), revokedGrants: [id], usedGrants: [{ grantId: id, expires: epochSeconds }] },
          commands: [
            { commandId: id, code: 'ok' },
            { commandId: challenge, code: undefined },
          ],
          trust: { ...world.trust, orderHash: crypto.randomBytes(32) },
          door: {
            ...{ usedEntries: [crypto.randomBytes(16)], codeTries: 2 },
            begun: { action: 'hold-open', actor: crypto.randomBytes(12), fact: id },
          },
        }),
      ],
      spareBytes: 8192,
    }),
    ...logTargets(world, first),
  ];
}

function framesCorpus({ crypto }: FuzzWorld): readonly Uint8Array[] {
  return [23, 60, 247, 517].map((mtu) => {
    const one = splitMessage(crypto.randomBytes(209), { mtu, firstCounter: 0 });
    const two = splitMessage(crypto.randomBytes(1000), { mtu, firstCounter: one.nextCounter });
    const frames = [...one.frames, ...two.frames];
    return concatBytes(...frames.flatMap((frame) => [Uint8Array.of(frame.length >> 8, frame.length), frame]));
  });
}

function logTargets(
  world: FuzzWorld,
  first: (bytes: Uint8Array, sizeBytes: number) => Uint8Array,
): readonly FuzzTarget[] {
  const { crypto, tag, lockSigning } = world;
  const nobody = new Uint8Array(12);
  const entry = { time: epochSeconds, quality: 'good', type: 'unlock', result: 'ok', actor: nobody } as const;
  let ring = emptyLogRing;
  const flash = new Map<number, Uint8Array>();
  for (let n = 0; n < 70; n += 1) {
    const appended = appendToLogRing(crypto, ring, { ...entry, commandId: encodeLogNumbers(n, 1) });
    ring = appended.ring;
    writeLogImage(flash, appended.writes);
  }
  const moment = { lock: tag, issuedAt: epochSeconds, quality: 'good', epoch: 1 } as const;
  const pages = [0, 20, 69, 70].map((after) => {
    const draft = readLog(crypto, ring, { after });
    return encodeLogPage({ ...draft, head: signLogHead(crypto, lockSigning.secret, { ...moment, ...draft.head }) });
  });
  const segmentSizeBytes = segmentHeaderSizeBytes + logSegmentSlots * 32;
  const lock = { publicKey: lockSigning.publicKey, tag };
  return [
    readerTarget({
      ...{ name: 'log entry', covers: ['decodeLogEntry', 'seqOfLogEntry'], same: 'exact' },
      corpus: Object.keys(answerCodes).map((result) =>
        encodeLogEntry({ ...entry, seq: 3, result: result as keyof typeof answerCodes, commandId: tag }),
      ),
      read: (input) => {
        const decoded = decodeLogEntry(input);
        if (decoded && decoded.seq !== seqOfLogEntry(input)) throw new FuzzFault('An entry has two numbers.');
        return decoded;
      },
      write: encodeLogEntry,
    }),
    readerTarget({
      ...{ name: 'log numbers', covers: ['decodeLogNumbers'], corpus: [tag] },
      read: (input) => (input.length === 8 ? decodeLogNumbers({ commandId: input }) : undefined),
      write: ([one, two]) => encodeLogNumbers(one, two),
      same: 'exact',
    }),
    readerTarget({
      ...{ name: 'log page', covers: ['decodeLogPage'], corpus: pages, read: decodeLogPage, write: encodeLogPage },
      spareBytes: 4096,
    }),
    {
      ...{ name: 'log report', covers: ['readLogReport'], corpus: pages },
      run: (input) => {
        const begun = startLogReader();
        const read = readLogReport(crypto, begun, { kind: 'page', bytes: input, lock, at: 0 });
        const known = new Set(ring.segments.flatMap(({ entries }) => entries.map(String)));
        if (read.records.some(({ bytes }) => !known.has(String(bytes)))) throw new FuzzFault('An entry was invented.');
        return read.findings.length === 0;
      },
    },
    {
      ...{
        name: 'log read',
        covers: ['readLog'],
        corpus: [encodeLogRead({ after: 3, max: 5 }), encodeLogRead({ after: 0 })],
      },
      run: (input) => {
        const signing = { secret: lockSigning.secret, moment };
        const read = answerLogRead(crypto, ring, { body: input, signing });
        if (read.ok && read.page.length > 1229) throw new FuzzFault(`A page has ${read.page.length} bytes.`);
        return read.ok;
      },
    },
    {
      ...{ name: 'log segments', covers: ['openLogRing'], corpus: [concatBytes(...flash.values())] },
      run: (input) => {
        const found: Uint8Array[] = [];
        for (let at = 0; at < input.length; at += segmentSizeBytes) {
          found.push(first(input.subarray(at), segmentSizeBytes));
        }
        const opened = openLogRing(crypto, ring, found);
        const held = opened.segments.reduce((sum, { entries }) => sum + entries.length, 0);
        if (held > ring.head.seq) throw new FuzzFault('A log has more entries than were written.');
        const next = appendToLogRing(crypto, opened, { ...entry, commandId: tag });
        return next.ring.head.seq > ring.head.seq && emptyLog.seq === 0;
      },
    },
  ];
}
