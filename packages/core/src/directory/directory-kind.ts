/**
 * Where an organization's people may come from: the two directories that Directory Sync names (S1, S16), a SCIM server
 * that we read, and a SCIM client that writes to us.
 */
export const directoryKinds = ['microsoft_365', 'google_workspace', 'scim_pull', 'scim_push'] as const;

/** One kind of directory; an organization has at most one integration of each (S20). */
export type DirectoryKind = (typeof directoryKinds)[number];
