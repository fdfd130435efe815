/** The directories that Directory Sync reads, and no others (S1, 4.6). */
export const directoryProviders = ['microsoft_365', 'google_workspace'] as const;

/** One directory. */
export type DirectoryProvider = (typeof directoryProviders)[number];
