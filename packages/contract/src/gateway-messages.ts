import * as z from 'zod/mini';
import { base64urlBytes, hexBytes } from './bytes-text.js';
import { ContractError, type SchemaIssue } from './contract-error.js';
import {
  desiredMessage,
  reportedMessage,
  timeMessage,
  timeTokenRefusal,
  timeTokenReply,
} from './gateway-lock-messages.js';
import { logMessage, passMessage, readMessage } from './gateway-log-messages.js';
import {
  tunnelCloseCommand,
  tunnelFramesCommand,
  tunnelMessage,
  tunnelOpenCommand,
} from './gateway-tunnel-messages.js';
import { attemptId, deviceId, entranceId } from './identifiers.js';
import { lanAddress } from './lan.js';
import type { ReadonlyData } from './readonly-data.js';
import { toSchemaIssue } from './schema-issue.js';

const version = z.literal(1);
// The last moment that ECMAScript's calendar has; a later one has no date.
const epochMs = z.int().check(z.nonnegative(), z.maximum(8.64e15));
// Neither a control character nor half a surrogate pair: PostgreSQL stores no NUL in a text and neither in JSON.
const plainText = z.string().check(z.regex(/^[^\p{Cc}\p{Cs}]*$/u), z.maxLength(64));
const filledText = plainText.check(z.minLength(1));
const durationMs = z.number().check(z.nonnegative());
const code = z.string().check(z.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/), z.maxLength(64));
const commandId = hexBytes(8);
const tag = hexBytes(8);

/** Most locks that one status tells of. */
export const mostHeardLocks = 256;

/** Asks a gateway to unlock one lock before a deadline (topic `cmd`, QoS 0, never retained). */
export const unlockCommand = z.object({
  v: version,
  type: z.literal('unlock'),
  attemptId,
  commandId,
  entranceId,
  deviceId,
  lock: z.object({ tag, publicKey: hexBytes(32) }),
  action: z.literal('unlock'),
  intent: z.enum(['staff', 'tap']),
  deadline: epochMs,
  ttlMs: durationMs,
  sentAt: epochMs,
  traceparent: z.optional(z.string().check(z.regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/))),
});

/** Answers a challenge with the signed command token for exactly that connection (topic `cmd`). */
export const tokenReply = z.object({
  v: version,
  type: z.literal('token'),
  commandId,
  challenge: hexBytes(8),
  token: base64urlBytes(4096),
  certificate: base64urlBytes(4096),
});

/** Answers a challenge with a refusal: the command must not be written to the lock (topic `cmd`). */
export const tokenRefusal = z.object({
  v: version,
  type: z.literal('token-refused'),
  commandId,
  challenge: hexBytes(8),
  code: z.enum(['deadline-passed', 'not-pending', 'revoked', 'unknown-command']),
});

/** Everything the portal says to a gateway on its `cmd` topic. */
export const commandMessage = z.discriminatedUnion('type', [
  unlockCommand,
  tokenReply,
  tokenRefusal,
  timeTokenReply,
  timeTokenRefusal,
  tunnelOpenCommand,
  tunnelFramesCommand,
  tunnelCloseCommand,
]);

/** Tells the portal that the command is in the gateway's journal (topic `ack`, QoS 0): the fact *acknowledged*. */
export const ackMessage = z.object({ v: version, attemptId, commandId, receivedAt: epochMs });

/** Sends the nonce of the live connection, so that the portal decides again and signs for it (topic `challenge`, QoS 0). */
export const challengeMessage = z.object({ v: version, attemptId, commandId, tag, challenge: hexBytes(8) });

/** Codes of a result that come from the gateway; any other code is the lock's own answer. */
export const gatewayResultCodes = [
  'deadline-passed',
  'lock-unreachable',
  'gateway-restarted',
  'handshake-failed',
  'token-refused',
  'portal-unreachable',
  'link-lost',
  'queue-full',
] as const;

/** The end of one unlock as the gateway knows it (topic `evt/<tag>`, QoS 1, from the outbox, so possibly repeated). */
export const unlockResultMessage = z.object({
  v: version,
  eventId: filledText,
  type: z.literal('unlock-result'),
  attemptId,
  commandId,
  tag,
  outcome: z.enum(['executed', 'refused', 'not-executed', 'unknown']),
  code,
  bolt: z.optional(z.enum(['locked', 'unlocked', 'held-open', 'unknown'])),
  batteryPercent: z.optional(z.nullable(z.number().check(z.minimum(0), z.maximum(100)))),
  logSeq: z.optional(z.int().check(z.nonnegative())),
  logHead: z.optional(z.string().check(z.regex(/^([0-9a-f]{2})*$/), z.maxLength(64))),
  occurredAt: epochMs,
  historical: z.boolean(),
  spansMs: z.optional(
    z.object({
      queue: z.optional(durationMs),
      connect: z.optional(durationMs),
      token: z.optional(durationMs),
      handshake: z.optional(durationMs),
      command: z.optional(durationMs),
    }),
  ),
});

/** Everything a gateway reports on an `evt/<tag>` topic. */
export const lockEventMessage = z.discriminatedUnion('type', [unlockResultMessage]);

/** Says whether a gateway lives (topic `status`, QoS 1, retained, every 30 s; with `online: false` it is the will). */
export const statusMessage = z.object({
  v: version,
  online: z.boolean(),
  bootId: filledText,
  at: epochMs,
  version: z.optional(plainText),
  radio: z.optional(plainText),
  heard: z.optional(z.int().check(z.nonnegative())),
  /** The locks heard of late, the newest first: how loud, how long ago and with which flags. As many as there are places: there may be more. */
  heardLocks: z.optional(
    z
      .array(
        z.object({
          tag,
          rssi: z.int().check(z.minimum(-127), z.maximum(20)),
          agoMs: durationMs,
          flags: z.int().check(z.nonnegative(), z.maximum(255)),
          /** What a lock of another maker said last of itself, and how long ago; its only account outside of commands. */
          word: z.optional(
            z.object({
              bolt: z.enum(['locked', 'unlocked', 'unknown']),
              batteryPercent: z.nullable(z.number().check(z.nonnegative(), z.maximum(100))),
              agoMs: durationMs,
            }),
          ),
        }),
      )
      .check(z.maxLength(mostHeardLocks)),
  ),
  /** Where phones of the property's own network find it; absent: they do not. */
  lan: z.optional(lanAddress),
  /** The gateway's own X25519 key: what its grants are for. */
  publicKey: z.optional(hexBytes(32)),
});

/** {@link unlockCommand} as data. Times are epoch milliseconds. */
export type UnlockCommand = ReadonlyData<z.output<typeof unlockCommand>>;
/** {@link tokenReply} as data. */
export type TokenReply = ReadonlyData<z.output<typeof tokenReply>>;
/** {@link tokenRefusal} as data. */
export type TokenRefusal = ReadonlyData<z.output<typeof tokenRefusal>>;
/** {@link commandMessage} as data, told apart by `type`. */
export type CommandMessage = ReadonlyData<z.output<typeof commandMessage>>;
/** {@link ackMessage} as data. */
export type AckMessage = ReadonlyData<z.output<typeof ackMessage>>;
/** {@link challengeMessage} as data. */
export type ChallengeMessage = ReadonlyData<z.output<typeof challengeMessage>>;
/** {@link unlockResultMessage} as data. */
export type UnlockResultMessage = ReadonlyData<z.output<typeof unlockResultMessage>>;
/** {@link lockEventMessage} as data, told apart by `type`. */
export type LockEventMessage = ReadonlyData<z.output<typeof lockEventMessage>>;
/** {@link statusMessage} as data. */
export type StatusMessage = ReadonlyData<z.output<typeof statusMessage>>;
/** One of {@link gatewayResultCodes}. */
export type GatewayResultCode = (typeof gatewayResultCodes)[number];

/** The message schema of each topic kind, so that one function reads and one writes them all. */
export const gatewayMessageSchemas = {
  cmd: commandMessage,
  ack: ackMessage,
  challenge: challengeMessage,
  time: timeMessage,
  tunnel: tunnelMessage,
  evt: lockEventMessage,
  desired: desiredMessage,
  reported: reportedMessage,
  pass: passMessage,
  read: readMessage,
  log: logMessage,
  status: statusMessage,
} as const;

/** Which of a gateway's topics a message travels on. */
export type GatewayMessageKind = keyof typeof gatewayMessageSchemas;
/** Most characters of one message's JSON text, by its kind; longer text is refused before it is parsed. */
export const gatewayMessageMaxChars: Readonly<Record<GatewayMessageKind, number>> = {
  // A tunnel's frames: 64 of 514 bytes.
  cmd: 65_536,
  ack: 16_384,
  challenge: 16_384,
  time: 16_384,
  tunnel: 65_536,
  evt: 16_384,
  // A set of a thousand cards, once as the difference and once by buckets.
  desired: 1_048_576,
  reported: 65_536,
  // Grants of 4,096 locks.
  pass: 262_144,
  read: 16_384,
  log: 65_536,
  // 256 locks heard.
  status: 32_768,
};

/** The message that {@link parseGatewayMessage} gives for a topic kind. */
export type GatewayMessage<Kind extends GatewayMessageKind> = ReadonlyData<
  z.output<(typeof gatewayMessageSchemas)[Kind]>
>;
/** The message that {@link encodeGatewayMessage} takes for a topic kind; ids may be plain strings. */
export type GatewayMessageInput<Kind extends GatewayMessageKind> = ReadonlyData<
  z.input<(typeof gatewayMessageSchemas)[Kind]>
>;

/**
 * Reads a payload that arrived on a topic of the given kind; fields this version does not know are dropped.
 *
 * @throws {@link ContractError} `invalid-message`, for text that is too long, no JSON or not the message.
 */
export function parseGatewayMessage<Kind extends GatewayMessageKind>(kind: Kind, text: string): GatewayMessage<Kind> {
  const maxChars = gatewayMessageMaxChars[kind];
  if (text.length > maxChars) {
    throw invalidMessage(kind, [{ path: [], code: 'too_long', message: `longer than ${maxChars} characters` }]);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidMessage(kind, [{ path: [], code: 'not_json', message: 'not JSON' }]);
  }
  return checkGatewayMessage(kind, value);
}

/**
 * Writes a message as the JSON text of its payload, checked against its schema so that a wrong one never leaves.
 *
 * @throws {@link ContractError} `invalid-message`.
 */
export function encodeGatewayMessage<Kind extends GatewayMessageKind>(
  kind: Kind,
  message: GatewayMessageInput<Kind>,
): string {
  return JSON.stringify(checkGatewayMessage(kind, message));
}

function checkGatewayMessage<Kind extends GatewayMessageKind>(kind: Kind, value: unknown): GatewayMessage<Kind> {
  const result = z.safeParse(gatewayMessageSchemas[kind] as unknown as z.ZodMiniType<GatewayMessage<Kind>>, value);
  if (!result.success) throw invalidMessage(kind, result.error.issues.map(toSchemaIssue));
  return result.data;
}

function invalidMessage(kind: GatewayMessageKind, issues: readonly SchemaIssue[]): ContractError {
  const where = issues.map((issue) => `${issue.path.join('.') || 'message'}: ${issue.code}`).join(', ');
  return new ContractError(`The ${kind} message does not fit the contract (${where}).`, {
    code: 'invalid-message',
    kind,
    issues,
  });
}
