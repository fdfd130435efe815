/** The other dots that stand between labels (UTS #46, 4). */
const dots = /[\u3002\uff0e\uff61]/gu;

const punycodeBase = 36;
const firstBias = 72;
const firstNonAscii = 0x80;

/**
 * Makes the form of a domain that mail is sent to and domains are compared in (IDNA): lower case, compatible characters made
 * equal, labels beyond ASCII in Punycode, as `xn--bcher-kva` for `bücher`. Whether there can be such a domain is not asked.
 */
export function toAsciiDomain(domain: string): string {
  return lowered(domain.normalize('NFKC').replace(dots, '.'))
    .normalize('NFC')
    .split('.')
    .map((label) => (isAscii(label) ? label : `xn--${encodePunycode(label)}`))
    .join('.');
}

/** Lower case, character by character: what stands beside a character changes nothing, as it would for a final sigma. */
export function lowered(text: string): string {
  return [...text].map((character) => character.toLowerCase()).join('');
}

/** Tells whether a text has no character beyond ASCII. */
export function isAscii(text: string): boolean {
  return /^\p{ASCII}*$/u.test(text);
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

/** RFC 3492, 6.3. */
function encodePunycode(label: string): string {
  const codes = [...label].map(codeOf);
  const basic = codes.filter((code) => code < firstNonAscii);
  let output = String.fromCharCode(...basic) + (basic.length > 0 ? '-' : '');
  let handled = basic.length;
  let next = firstNonAscii;
  let delta = 0;
  let bias = firstBias;
  while (handled < codes.length) {
    const lowest = Math.min(...codes.filter((code) => code >= next));
    delta += (lowest - next) * (handled + 1);
    next = lowest;
    for (const code of codes) {
      if (code < next) delta += 1;
      if (code !== next) continue;
      output += encodeNumber(delta, bias);
      bias = adapt(delta, handled + 1, handled === basic.length);
      delta = 0;
      handled += 1;
    }
    delta += 1;
    next += 1;
  }
  return output;
}

/** A number in digits of changing weight, lowest first. */
function encodeNumber(delta: number, bias: number): string {
  let output = '';
  let rest = delta;
  for (let weight = punycodeBase; ; weight += punycodeBase) {
    const threshold = Math.min(Math.max(weight - bias, 1), 26);
    if (rest < threshold) return output + digit(rest);
    output += digit(threshold + ((rest - threshold) % (punycodeBase - threshold)));
    rest = Math.floor((rest - threshold) / (punycodeBase - threshold));
  }
}

function digit(value: number): string {
  return 'abcdefghijklmnopqrstuvwxyz0123456789'.charAt(value);
}

function adapt(delta: number, length: number, isFirst: boolean): number {
  let rest = Math.floor(delta / (isFirst ? 700 : 2));
  rest += Math.floor(rest / length);
  let bias = 0;
  while (rest > 455) {
    rest = Math.floor(rest / 35);
    bias += punycodeBase;
  }
  return bias + Math.floor((36 * rest) / (rest + 38));
}
