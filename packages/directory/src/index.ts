export type { DirectoryClock } from './directory-clock.js';
export { DirectoryError, type DirectoryErrorInfo } from './directory-error.js';
export type { DirectorySource, ReadLimits, ReadOptions, ReadProgress, ReadSnapshot } from './directory-source.js';
export {
  createFingerprints,
  decodeFingerprints,
  type FingerprintBasis,
  type Fingerprints,
  type KnownRecords,
} from './fingerprints.js';
export { createGoogleSource, type GoogleSourceOptions } from './google/google-source.js';
export type { GoogleCredential } from './google/google-tokens.js';
export { createGraphSource, type GraphSourceOptions } from './graph/graph-source.js';
export type { GraphCredential } from './graph/graph-tokens.js';
export type { HttpOptions } from './http/directory-http.js';
export { createScimSource, type ScimSourceOptions } from './scim/scim-source.js';
