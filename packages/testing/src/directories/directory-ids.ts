import type { FakeDirectoryKind } from './fake-person.js';

const hex = (random: () => number, digits: number): string => {
  let text = '';
  while (text.length < digits)
    text += Math.floor(random() * 0x100000000)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, digits);
};

/** A UUID out of seeded numbers. */
export function inventUuid(random: () => number): string {
  const digits = hex(random, 32);
  const parts = [digits.slice(0, 8), digits.slice(8, 12), `4${digits.slice(13, 16)}`, `a${digits.slice(17, 20)}`];
  return [...parts, digits.slice(20)].join('-');
}

/** An id as the make gives it to people: Google counts, the others take UUIDs. */
export function inventPersonId(kind: FakeDirectoryKind, random: () => number): string {
  if (kind !== 'google_workspace') return inventUuid(random);
  const digits =
    Math.floor(random() * 1e9)
      .toString()
      .padStart(9, '0') +
    Math.floor(random() * 1e9)
      .toString()
      .padStart(9, '0');
  return `1${digits.padStart(20, '0')}`;
}

/** An id as the make gives it to groups. */
export function inventGroupId(kind: FakeDirectoryKind, random: () => number): string {
  return kind === 'google_workspace' ? `0${hex(random, 14)}` : inventUuid(random);
}
