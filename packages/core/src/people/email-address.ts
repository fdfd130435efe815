import { isAscii, lowered, toAsciiDomain } from './domain-name.js';

/** An address of a local part and a domain with a dot; anything stranger is refused rather than mailed (G14). */
const plausible = /^[^\s@"(),:;<>[\]\\]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/;

/** The longest address that mail can be sent to (RFC 5321, 4.5.3.1.3, less the angle brackets). */
const longestAddress = 254;

/** The domains that most invitations outside a company's own go to, also near misses of each other (G51). */
const commonDomains = [
  'gmail.com',
  'googlemail.com',
  'ymail.com',
  'mail.com',
  'outlook.com',
  'hotmail.com',
  'yahoo.com',
  'icloud.com',
  'live.com',
  'gmx.de',
  'web.de',
  'proton.me',
];

/** What nobody sees: controls, zero widths, and marks that turn the text around them. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/**
 * Makes the one form in which addresses are compared: trimmed, composed (NFC), in lower case, the domain as it is mailed to
 * (G14). Dots and tags stay: only the domain's own server knows what they mean. What is shown stays as typed.
 *
 * @returns nothing (`''`, which is no address) for what could be taken for somebody else's: with invisible characters, or
 * with one before the `@` that would become an ASCII letter, as the Kelvin sign becomes `k`.
 */
export function toEmailKey(email: string): string {
  const typed = email.trim();
  // Nothing longer can become an address, and nobody has to wait for it.
  if (typed.length > 4 * longestAddress || invisible.test(typed)) return '';
  const at = typed.lastIndexOf('@');
  const local = typed.slice(0, Math.max(at, 0));
  if (at < 0 || isAscii(typed)) return typed.toLowerCase();
  if ([...local].some((character) => !isAscii(character) && isAscii(composed(character)))) return '';
  return `${composed(local)}@${toAsciiDomain(typed.slice(at + 1))}`;
}

function composed(text: string): string {
  return lowered(text.normalize('NFC')).normalize('NFC');
}

/** Tells whether a text is an address in the compared form, and looks like one that mail can be sent to. */
export function isEmailKey(emailKey: string): boolean {
  return emailKey.length <= longestAddress && plausible.test(emailKey) && toEmailKey(emailKey) === emailKey;
}

/** The domain of an address in the compared form. */
export function domainOf(emailKey: string): string {
  return emailKey.slice(emailKey.lastIndexOf('@') + 1);
}

/**
 * Suggests what an address may have meant whose domain misses a common one by one letter: missing, added, changed, or
 * swapped with its neighbor (G51); `null` when it looks right.
 */
export function suggestEmail(emailKey: string): string | null {
  const domain = domainOf(emailKey);
  if (commonDomains.includes(domain)) return null;
  const meant = commonDomains.find((common) => isOneSlipFrom(common, domain));
  return meant === undefined ? null : emailKey.slice(0, emailKey.length - domain.length) + meant;
}

function isOneSlipFrom(meant: string, typed: string): boolean {
  let start = 0;
  while (start < meant.length && meant[start] === typed[start]) start += 1;
  const [wanted, got] = [meant.slice(start), typed.slice(start)];
  return (
    wanted.slice(1) === got ||
    wanted === got.slice(1) ||
    wanted.slice(1) === got.slice(1) ||
    (wanted.slice(2) === got.slice(2) && wanted[0] === got[1] && wanted[1] === got[0])
  );
}
