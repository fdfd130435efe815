import * as z from 'zod/mini';
import { credentialId, entranceId, keyCardId } from '../identifiers.js';
import { keyCardChips, keyCardTechnologies } from '../resources/credential.js';
import { nameInput } from './values.js';

const uid = z
  .string()
  .check(z.regex(/^(?:(?:[08][0-79A-Fa-f]|[1-79A-Fa-f][0-9A-Fa-f])[0-9A-Fa-f]{6}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{20})$/));
const chipUid = z.string().check(z.regex(/^[0-9A-Fa-f]{14}$/));
const compressedPublicKey = z.string().check(z.regex(/^0[23][0-9A-Fa-f]{64}$/));

/**
 * Body of `enrollKeyCard`. `identity` as hex: of a `uid` card its UID of 4, 7 or 10 bytes as the reader gives it in ISO 14443-3
 * order (of 4 bytes, one that begins with 08 is drawn anew at every tap and one with 88 is part of a longer one: both are
 * refused); of an `aes` card its UID of 7 bytes; of a `public-key` card its compressed P-256 public key, 33 bytes.
 */
export const keyCardInput = z.discriminatedUnion('technology', [
  z.strictObject({
    technology: z.literal('uid'),
    label: nameInput,
    identity: uid,
  }),
  z.strictObject({
    technology: z.literal('aes'),
    chip: z.enum(keyCardChips),
    label: nameInput,
    identity: chipUid,
  }),
  z.strictObject({
    technology: z.literal('public-key'),
    label: nameInput,
    identity: compressedPublicKey,
  }),
]);

/**
 * Body of `enrollKeyCardAtLock`: as what the card shall be enrolled that is held to the lock within `waitSeconds`, 1 to 50. A client
 * that gives up sooner ends the waiting.
 */
export const cardAtLockInput = z.strictObject({
  technology: z.enum(keyCardTechnologies),
  label: nameInput,
  waitSeconds: z._default(z.int().check(z.minimum(1), z.maximum(50)), 20),
});

/** Body of `beginCardEncoding`: the UID of the card on the reader, as hex. */
export const cardEncodingInput = z.strictObject({ identity: chipUid });

const longestAnswer = 2 * 264;

/** Body of `answerCardEncoding`: what the card answered to the last command, as hex, and the dialogue that came with that. */
export const cardAnswerInput = z.strictObject({
  dialogue: z.string().check(z.maxLength(60_000)),
  answer: z.string().check(z.maxLength(longestAnswer), z.regex(/^(?:[0-9A-Fa-f]{2})*$/)),
});

/** Whether it opens each of its doors one time only, and the credential of the same holder that it takes the place of. */
const succession = {
  opensOnce: z._default(z.boolean(), false),
  replacesId: z._default(z.nullable(credentialId), null),
};

/**
 * Body of `createCredential`: a card of the stock, a door code of 4 to 10 digits, drawn here when none are given, or a phone, which
 * becomes it with a code of `createPhoneCode`. A door code is for one door of its Key, whose lock alone knows it; which one has to be
 * said where the Key has several.
 */
export const credentialInput = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('key_card'), keyCardId, ...succession }),
  z.strictObject({ kind: z.literal('smart_key') }),
  z.strictObject({
    kind: z.literal('door_code'),
    entranceId: z.optional(entranceId),
    digits: z._default(z.nullable(z.string().check(z.regex(/^[0-9]{4,10}$/))), null),
  }),
]);
