/** Which objects of the action's kind a permission reaches. The caller must apply it; `all` is the only one that asks nothing. */
export type Scope =
  /** Every object of the property (or, for organization actions, of the organization). */
  | 'all'
  /** Only properties the actor is assigned to, and only what belongs to them. */
  | 'assigned'
  /** Only what the actor created or holds. */
  | 'own'
  /** Reading only, secrets masked. */
  | 'view-only'
  /** Only devices, and events about devices. */
  | 'devices'
  /** Only the names of doors that the actor's own keys open. */
  | 'names-of-own-doors'
  /** Only the names of doors that have a device. */
  | 'names-of-device-doors';

/** What the caller must still check, or do, for an allowed action to stand. Each is decided from facts a role cannot know. */
export type Condition =
  /** `decideGrant` must cover the old role, the new role and every property touched. */
  | 'within-ceiling'
  /** Not when the target is the last active one of its role (P-20). */
  | 'unless-last'
  /** Write an audit entry that names the actor. */
  | 'audited'
  /** Only with an active key; `decideUnlock` answers that. */
  | 'with-key'
  /** Only for guests, within the property's door range and longest stay (★10). */
  | 'within-door-range'
  /** Only through an integrated app the property has enabled (★13). */
  | 'app-enabled'
  /** Only while the property's remote unlock is on (★14). */
  | 'remote-unlock-enabled'
  /** Unless the property hides its audit from this role (★4). */
  | 'unless-hidden'
  /** Single sign-on methods need the Pro plan (S11). */
  | 'sso-needs-pro';

/** What one kind of cell means: the reach and conditions of an allowance, or the kind of refusal. */
export type CellMeaning = readonly [Scope, ...Condition[]] | 'deny' | 'approval' | 'admin-only';

/** What every word used in the matrices means. The printed form of each word is in `matrix-print.ts`. */
export const cellMeanings = {
  allow: ['all'],
  deny: 'deny',
  none: 'deny',
  assigned: ['assigned'],
  'assigned-members': ['assigned'],
  'assigned-properties': ['assigned'],
  'assigned-properties-ceiling': ['assigned', 'within-ceiling'],
  ceiling: ['all', 'within-ceiling'],
  'incl-owners': ['all', 'within-ceiling'],
  'never-last': ['all', 'unless-last'],
  'unless-last': ['all', 'unless-last'],
  'view-only': ['view-only'],
  view: ['view-only'],
  all: ['all'],
  tab: ['view-only'],
  audited: ['all', 'audited'],
  own: ['own'],
  'own-keys': ['own'],
  'own-events': ['own'],
  'own-doors': ['names-of-own-doors'],
  'device-door': ['names-of-device-doors'],
  devices: ['devices'],
  'device-events': ['devices'],
  'with-key': ['all', 'with-key'],
  approval: 'approval',
  'app-only': 'deny',
  commissioning: 'deny',
  'insights-part': 'deny',
  'reservations-part': 'deny',
  admin: 'admin-only',
  'admin-not-others': 'admin-only',
  'any-role': ['all'],
  'sso-pro': ['all', 'sso-needs-pro'],
  'never-last-admin': ['all', 'unless-last'],
} as const satisfies Record<string, CellMeaning>;

/** A word of the matrices' closed vocabulary. */
export type CellWord = keyof typeof cellMeanings;

/** One cell: a word and, where the reading is a decision of ours, the number of its note: `own*6`. */
export type Cell = CellWord | `${CellWord}*${number | 'a' | 'b' | 'c' | 'd' | 'e'}`;

/** Notes that put a condition on the allowances they stand at. */
export const noteConditions: Readonly<Record<string, Condition>> = {
  4: 'unless-hidden',
  6: 'audited',
  10: 'within-door-range',
  13: 'app-enabled',
  14: 'remote-unlock-enabled',
};

/** The word and the note of a cell; the note is `''` when there is none. */
export function readCell(cell: Cell): { readonly word: CellWord; readonly note: string } {
  const [word, note = ''] = cell.split('*');
  return { word: word as CellWord, note };
}
