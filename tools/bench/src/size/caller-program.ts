/** What a browser or an app needs to open a door and to visit a lock, with the cryptography for it. */
export const callerProgram: string = `export { performUnlock, openVisit } from '@latchwork/lock-protocol';
export { createPortableCrypto } from '@latchwork/lock-protocol/portable';`;
