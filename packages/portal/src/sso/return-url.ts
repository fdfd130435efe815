/**
 * Reads where a browser wants to be sent after signing in; `undefined` when the list has neither the URL's origin nor, for
 * an app's own private-use scheme, the scheme. Without it the portal would send browsers wherever a link says.
 */
export function readReturnUrl(text: string, list: readonly string[]): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  const isListed = list.includes(isWeb ? url.origin : url.protocol);
  const isPlain = url.username === '' && url.password === '' && url.hash === '';
  return isListed && isPlain ? url : undefined;
}
