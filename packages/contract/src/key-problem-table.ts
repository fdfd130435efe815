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
  'key-card-not-read': {
    status: 409,
    title: 'No card was enrolled at the lock',
    when: '`reason` says why. `no-card`: none was held to it in time. `another-kind`: the card is not of the `technology` that was asked for, or draws its UID anew at every tap. `lock-unreachable`: the gateway did not get to the lock, or lost it. `lock-refused`: the lock reads no card now. `not-by-driver`: the driver of this lock reads none.',
  },
  'key-card-not-fitting': {
    status: 409,
    title: 'Not with a card in this state',
    when: '`state` is how the card stands: only one in stock is put on a Key, only one in stock or lost is retired, only one in stock or assigned is lost, only a lost one is returned.',
  },
  'key-card-unknown': {
    status: 409,
    title: 'No such card is in the stock',
    when: 'The card on the reader was not enrolled on this property as a card with AES secrets.',
  },
  'card-encoding-stale': {
    status: 409,
    title: 'The writing of the card is to be begun again',
    when: 'The `dialogue` is not what came with the last command for this card, is older than a minute, or another writing of the card was begun meanwhile.',
  },
  'credential-too-weak': {
    status: 409,
    title: 'The Key needs a card that nobody can copy',
    when: 'A Key of a member of staff is put on no door code and on no card that is told by its UID alone, and no Key on a card below the `minimumCardClass` of the property; locks refuse all of these.',
  },
  'lock-takes-no-credentials': {
    status: 409,
    title: 'No lock there takes cards, codes or phones',
    when: 'Each door that the credential would be for has locks only whose driver brings them none (`guarantees.setApply` is `none`): such a door opens by app alone. Where another door has a lock that takes it, the credential is made, and stands as `failed`, `not-by-driver` at the others.',
  },
  'credential-not-replaceable': {
    status: 409,
    title: 'That credential is not replaced by this one',
    when: 'What `replacesId` names is no card of the same holder on this property, has ended, or is being replaced by another one already.',
  },
  'too-many-cards': {
    status: 409,
    title: 'The Key has as many cards as a Key may have',
    when: '`most` is how many cards that have not ended a Key has at once, copies included.',
  },
  'credential-ended': {
    status: 409,
    title: 'The credential has ended, or is none of that kind',
    when: 'There are no digits to tell, or no phone opens with it: it has ended, or it is another kind of credential. `removedAt` is when it ended.',
  },
  'phone-activated': {
    status: 409,
    title: 'A phone has been activated already',
    when: 'The credential is one phone, for good. End it and make another one for another phone.',
  },
  'phone-code-invalid': {
    status: 401,
    title: 'The code is not right',
    when: 'It was used already, has ended, or never was. Ask the property for another one.',
  },
  'phone-key-unsupported': {
    status: 422,
    title: 'No lock speaks with a key of that kind',
    when: 'The portal knows of its locks no key of the curve P-256, so no phone opens them with one. The code is good still: come with an X25519 key.',
  },
  'phone-token-invalid': {
    status: 401,
    title: 'The phone is not known',
    when: 'The token is none that this credential was activated with.',
  },
  'phone-not-courier': {
    status: 403,
    title: 'Only phones of the staff carry for locks',
    when: "The Key on this phone is a guest's. Locks are told by gateways, and by phones of members with a Key of this property.",
  },
  'door-code-in-use': {
    status: 409,
    title: 'The digits are those of another code',
    when: 'Another code of the property has the same digits, or had them and a lock has not proven its end. Leave them out to have some drawn.',
  },
} as const satisfies Readonly<Record<string, ProblemRow>>;
