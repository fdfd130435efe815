import type { SyncDesk } from '../directory/sync-desk.js';
import type { ApiAnswering } from '../http/api-exchange.js';
import type { Identifiers } from '../identifiers.js';
import type { MailOutbox } from '../mail/mail-outbox.js';
import { createGroupDesk } from './group-desk.js';
import { createScimApi, type ScimParts } from './scim-api.js';
import { createUserDesk } from './user-desk.js';

/** Creates the SCIM server over the portal's store and its way to carry a directory over. */
export function createScimServer(
  parts: Omit<ScimParts, 'users' | 'groups'> & {
    readonly identifiers: Identifiers;
    readonly syncs: SyncDesk;
    readonly mails: Pick<MailOutbox, 'notify'>;
  },
): ApiAnswering {
  return createScimApi({ ...parts, users: createUserDesk(parts), groups: createGroupDesk(parts) });
}
