export { DirectoryError, type DirectoryErrorInfo } from './directory-error.js';
export type { DirectorySource, ReadLimits, ReadOptions, ReadProgress, ReadSnapshot } from './directory-source.js';
