/**
 * The types of signed object in this version; the string itself is the COSE `external_aad`, so that a signature made
 * over one type never verifies as another (SPEC §5).
 */
export type ObjectType =
  | 'OLP1-pac'
  | 'OLP1-cmd'
  | 'OLP1-grant'
  | 'OLP1-time'
  | 'OLP1-head'
  | 'OLP1-receipt'
  | 'OLP1-set'
  | 'OLP1-bulletin'
  | 'OLP1-firmware'
  | 'OLP1-lock'
  | 'OLP1-identity';
