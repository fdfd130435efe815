import * as z from 'zod/mini';
import { appKind, appScope } from '../resources/app.js';
import { nameInput } from './values.js';

/** The platform's parser; every runtime has it, and this room is compiled with the globals of the language alone. */
declare const URL: {
  canParse(text: string): boolean;
  new (
    text: string,
  ): { readonly protocol: string; readonly hostname: string; readonly username: string; readonly password: string };
};

const loopbackHosts: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost']);

/**
 * Whether codes may be sent to this address (RFC 8252 §7): https with a host, http on the loopback interface, or a
 * private-use scheme in reverse domain form such as `com.example.app:/callback`. No fragment, no user, no wildcard: the
 * address is compared character by character.
 */
export function isRedirectUri(text: string): boolean {
  if (!/^[\x21-\x7e]{1,500}$/.test(text) || /[*#\\"<>^`{|}]/.test(text) || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  if (protocol === 'https:') return text.startsWith('https://') && !loopbackHosts.has(hostname);
  if (protocol === 'http:') return text.startsWith('http://') && loopbackHosts.has(hostname);
  return /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:\/(?!\/)/.test(text);
}

/** Body of `createApp`. `kind` says whether it can keep a secret; `scopes` is the most it can ever ask a member for. */
export const appInput = z.strictObject({
  name: nameInput,
  kind: appKind,
  redirectUris: z.array(z.string().check(z.refine(isRedirectUri))).check(
    z.minLength(1),
    z.maxLength(10),
    z.refine((list) => new Set(list).size === list.length),
  ),
  scopes: z.array(appScope).check(
    z.minLength(1),
    z.refine((list) => new Set(list).size === list.length),
  ),
});
