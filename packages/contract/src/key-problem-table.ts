import type { ProblemRow } from './problem-row.js';

/** The rows of Keys, who holds them and what carries them. */
export const keyProblemTable = {
  'key-revoked': {
    status: 409,
    title: 'The Key is revoked',
    when: 'A Key is revoked for good and cannot be edited; give a new one.',
  },
  'guest-removed': {
    status: 409,
    title: 'The guest is removed',
    when: 'A guest is removed for good and cannot be edited; add the person anew.',
  },
  'key-card-enrolled': {
    status: 409,
    title: 'The card is in the stock already',
    when: 'A card of this property says the same of itself. A lost one is returned, not enrolled again; a retired one never comes back.',
  },
  'key-card-not-fitting': {
    status: 409,
    title: 'Not with a card in this state',
    when: '`state` is how the card stands: only one in stock is put on a Key, only one in stock or lost is retired, only one in stock or assigned is lost, only a lost one is returned.',
  },
  'credential-too-weak': {
    status: 409,
    title: 'A member’s Key needs a card that nobody can copy',
    when: 'A Key of a member of staff is put on no door code and on no card that is told by its UID alone; locks refuse both.',
  },
  'credential-ended': {
    status: 409,
    title: 'There are no digits to tell',
    when: 'The door code has ended, or the credential is a card. `removedAt` is when it ended.',
  },
  'door-code-in-use': {
    status: 409,
    title: 'The digits are those of another code',
    when: 'Another code of the property has the same digits, or had them and a lock has not proven its end. Leave them out to have some drawn.',
  },
} as const satisfies Readonly<Record<string, ProblemRow>>;
