import type { CryptoProvider } from '@latchwork/lock-protocol';
import type { PropertySigners } from '../access/property-signers.js';
import type { Sealer } from '../access/sealer.js';
import type { CardReader } from '../credentials/card-reader.js';
import type { Identifiers } from '../identifiers.js';
import type { Projection } from '../store/projection.js';
import { createCardEncodingHandlers } from './card-encoding-handlers.js';
import { createCredentialHandlers } from './credential-handlers.js';
import { createGuestHandlers } from './guest-handlers.js';
import { createKeyCardHandlers } from './key-card-handlers.js';
import { createKeyHandlers } from './key-handlers.js';
import { createPhoneHandlers } from './phone-handlers.js';

/** Creates the handlers of Keys, of the guests who hold them, and of the cards, codes and phones that carry them. */
export function createHeldAccessHandlers(parts: {
  readonly projection: Projection;
  readonly identifiers: Identifiers;
  readonly sealer: Sealer;
  readonly crypto: CryptoProvider;
  readonly signers: PropertySigners;
  readonly cardReader: CardReader;
}) {
  return {
    ...createGuestHandlers(parts),
    ...createKeyHandlers(parts),
    ...createKeyCardHandlers(parts),
    ...createCardEncodingHandlers(parts),
    ...createCredentialHandlers(parts),
    ...createPhoneHandlers(parts),
  };
}
