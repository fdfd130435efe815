import type { DirectorySource } from '@latchwork/directory';
import type { Row } from '../store/store.js';

/** Opens the directory that an integration is for. */
export interface SourceFactory {
  /** `undefined` for a directory that pushes: there is nothing to read. */
  open(integration: Row<'directoryIntegration'>): DirectorySource | undefined;
}
