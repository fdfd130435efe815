import type { AnswerCode } from '../answer-code.js';
import type { Visit } from '../caller/open-visit.js';
import type { ShownObjects } from '../message.js';
import { decodeFirmwareManifest } from './firmware-manifest.js';
import { decodeFirmwareHeld, encodeFirmwarePiece, firmwarePieceLimit } from './firmware-message.js';

/** What {@link updateFirmware} brings to a lock. */
export interface FirmwareUpdate {
  /** As its maker signed it. */
  readonly manifest: Uint8Array;
  readonly image: Uint8Array;
  /** The grant with the right `update-firmware`, and its certificate. */
  readonly shown: ShownObjects;
  /** Bytes of the image in one message, 1 … {@link firmwarePieceLimit}; 2048 when absent. */
  readonly pieceBytes?: number;
  /** Told after every piece. */
  readonly onHeld?: (heldBytes: number) => void;
}

/** How an update ended: the lock restarts into it, runs it already, or refused. */
export type FirmwareUpdateEnd =
  | { readonly outcome: 'restarting' | 'installed'; readonly sentBytes: number }
  | { readonly outcome: 'refused'; readonly code: AnswerCode; readonly sentBytes: number };

/**
 * Brings an image to a lock, and goes on where an earlier visit stopped: call it again in another visit when this one
 * ends before it. Ask again a minute after `restarting`: `installed` means that the image has proven itself or is on
 * trial; that the lock offers to take it anew, that it did not.
 *
 * @throws LockProtocolError when the visit ends before the update, or the manifest is none.
 */
export async function updateFirmware(visit: Pick<Visit, 'ask'>, update: FirmwareUpdate): Promise<FirmwareUpdateEnd> {
  const { manifest, image, shown, pieceBytes = 2048, onHeld } = update;
  const { size } = decodeFirmwareManifest(manifest);
  const step = Math.min(Math.max(1, pieceBytes), firmwarePieceLimit);
  let sentBytes = 0;
  const offered = await visit.ask({ name: 'firmware-offer', body: manifest }, shown);
  if (offered.code === 'duplicate') return { outcome: 'installed', sentBytes };
  if (offered.code !== 'ok') return { outcome: 'refused', code: offered.code, sentBytes };
  for (let offset = decodeFirmwareHeld(offered.body); offset < Math.min(size, image.length); ) {
    const bytes = image.slice(offset, offset + step);
    const { code } = await visit.ask({ name: 'firmware-put', body: encodeFirmwarePiece({ offset, bytes }) });
    if (code !== 'ok') return { outcome: 'refused', code, sentBytes };
    offset += bytes.length;
    sentBytes += bytes.length;
    onHeld?.(offset);
  }
  const { code } = await visit.ask({ name: 'firmware-commit', body: new Uint8Array(0) });
  return code === 'ok' ? { outcome: 'restarting', sentBytes } : { outcome: 'refused', code, sentBytes };
}
