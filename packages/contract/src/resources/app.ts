import * as z from 'zod/mini';
import { appGrantId, appId, organizationId, propertyId } from '../identifiers.js';
import type { ReadonlyData } from '../readonly-data.js';
import { appScopes } from '../scopes.js';
import { timestamp } from '../wire-values.js';

/** What an app may be given of a member's rights. */
export const appScope = z.enum(appScopes);

/** Whether an app keeps a secret on a server (`confidential`), or is installed with its users and proves itself by PKCE alone (`public`). */
export const appKind = z.enum(['public', 'confidential']);

/** A registered third-party app; its id is its OAuth `client_id`. It may nothing anywhere until a property allows it (C7). */
export const app = z.object({
  id: appId,
  organizationId,
  name: z.string(),
  kind: appKind,
  redirectUris: z.array(z.string()),
  scopes: z.array(appScope),
  createdAt: timestamp,
});
/** {@link app} as data. */
export type App = ReadonlyData<z.output<typeof app>>;

/** An app as a property sees it: whether it may act there (G33, C7). Off until somebody allows it. */
export const integratedApp = z.object({
  appId,
  propertyId,
  name: z.string(),
  scopes: z.array(appScope),
  allowed: z.boolean(),
});
/** {@link integratedApp} as data. */
export type IntegratedApp = ReadonlyData<z.output<typeof integratedApp>>;

/** What a member let an app do on one property. It ends when the member revokes it, by itself at `expiresAt`, or with what it stands on. */
export const appGrant = z.object({
  id: appGrantId,
  appId,
  appName: z.string(),
  propertyId,
  scopes: z.array(appScope),
  createdAt: timestamp,
  expiresAt: timestamp,
});
/** {@link appGrant} as data. */
export type AppGrant = ReadonlyData<z.output<typeof appGrant>>;
