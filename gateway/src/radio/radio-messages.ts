import * as z from 'zod/mini';
import { RadioError, type RadioErrorCode } from './central.js';

const radioErrorCodes = [
  'TIMEOUT',
  'LINK_LOST',
  'ATT',
  'PROTOCOL',
  'TOO_LONG',
  'BUSY',
  'STUCK',
  'ADAPTER',
] as const satisfies readonly RadioErrorCode[];

const count = z.number().check(z.gte(0));
const id = z.int();
const tag = z.string().check(z.regex(/^[0-9a-f]{16}$/));
const errorCode = z.enum(radioErrorCodes);
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

const timings = z.object({
  operationMs: count,
  commandMs: count,
  cancelListenMs: count,
  scanPauseMs: count,
  scanRefreshMs: count,
  scanHoldMs: count,
  closeMs: count,
  heardFreshMs: count,
  retryMs: count,
  advertBatchMs: count,
  aliveMs: count,
});

const radioCommand = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('start'),
    fork: z.enum(['abandonware', 'stoprocent']),
    deviceId: z.optional(z.int()),
    timings,
  }),
  z.object({ type: z.literal('connect'), id, tag, timeoutMs: count }),
  z.object({ type: z.literal('cancel'), id }),
  z.object({
    type: z.literal('write'),
    id,
    link: id,
    data: bytes,
    withResponse: z.boolean(),
    timeoutMs: z.optional(count),
  }),
  z.object({ type: z.literal('close'), link: id }),
  z.object({ type: z.literal('stop') }),
]);

const advert = z.object({
  tag,
  address: z.string(),
  rssi: z.number(),
  flags: z.number(),
  at: z.number(),
});

const linkSpans = z.object({ heard: count, connected: count, discovered: count, opened: count });

const radioReport = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('failed'), reason: errorCode }),
  z.object({ type: z.literal('gone') }),
  z.object({ type: z.literal('adverts'), adverts: z.array(advert) }),
  z.object({
    type: z.literal('alive'),
    addresses: count,
    links: count,
    hasHeard: z.boolean(),
    silenceMs: count,
  }),
  z.object({
    type: z.literal('connected'),
    id,
    mtu: z.int(),
    info: bytes,
    spansMs: linkSpans,
  }),
  z.object({ type: z.literal('written'), id }),
  z.object({
    type: z.literal('refused'),
    id,
    code: errorCode,
    att: z.optional(z.int()),
    message: z.string(),
  }),
  z.object({ type: z.literal('notified'), link: id, frame: bytes }),
  z.object({ type: z.literal('ended'), link: id, end: z.union([errorCode, z.literal('closed')]) }),
  z.object({ type: z.literal('violated'), because: z.string(), address: z.string() }),
  z.object({ type: z.literal('crashed'), error: z.string() }),
]);

/**
 * What the gateway tells its radio process. `id` numbers an operation; a link bears the id of the connect that made it.
 */
export type RadioCommand = z.infer<typeof radioCommand>;

/** What the radio process tells the gateway; every operation is answered once, by `connected`, `written` or `refused`. */
export type RadioReport = z.infer<typeof radioReport>;

/** Which noble package the radio process loads. */
export type NobleFork = Extract<RadioCommand, { type: 'start' }>['fork'];

/** Reads a message of the gateway in the radio process; throws zod's error on anything else. */
export function parseRadioCommand(value: unknown): RadioCommand {
  return radioCommand.parse(value);
}

/** Reads a message of the radio process in the gateway; throws zod's error on anything else. */
export function parseRadioReport(value: unknown): RadioReport {
  return radioReport.parse(value);
}

/** The report by which an operation failed. */
export function encodeRefusal(operation: number, error: unknown): Extract<RadioReport, { type: 'refused' }> {
  if (!(error instanceof RadioError)) {
    // A foreign error of noble's own is the adapter's fault as far as the caller can tell.
    return { type: 'refused', id: operation, code: 'ADAPTER', message: String(error) };
  }
  const { code, att } = error.info;
  const refusal = { type: 'refused', id: operation, code, message: error.message } as const;
  return att === undefined ? refusal : { ...refusal, att };
}

/** The error in such a report. */
export function decodeRefusal(report: Extract<RadioReport, { type: 'refused' }>): RadioError {
  const { code, att } = report;
  return new RadioError(att === undefined ? { code } : { code, att }, report.message);
}
