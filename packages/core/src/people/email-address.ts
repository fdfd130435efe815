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

/** Makes the form in which addresses are compared: trimmed, in lower case (G14). What is shown stays as typed. */
export function toEmailKey(email: string): string {
  return email.trim().toLowerCase();
}

/** Tells whether a compared form looks like an address that mail can be sent to. */
export function isEmailKey(emailKey: string): boolean {
  return emailKey.length <= longestAddress && plausible.test(emailKey);
}

/**
 * Suggests what an address may have meant whose domain misses a common one by one letter: missing, added, changed, or
 * swapped with its neighbor (G51); `null` when it looks right.
 */
export function suggestEmail(emailKey: string): string | null {
  const at = emailKey.lastIndexOf('@') + 1;
  const domain = emailKey.slice(at);
  if (commonDomains.includes(domain)) return null;
  const meant = commonDomains.find((common) => isOneSlipFrom(common, domain));
  return meant === undefined ? null : emailKey.slice(0, at) + meant;
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
