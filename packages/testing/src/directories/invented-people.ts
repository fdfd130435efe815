import type { PersonDraft } from './fake-person.js';

const givenNames = 'Ada Björn Chloé Dmitri Elif Fatima Goran Hana Ines Jūlija Kofi Lena Mateo Nguyễn Olu Priya'.split(
  ' ',
);
const familyNames = 'Åkesson Bauer Costa Dubois Eriksen Ferrari García Hansen Ito Jensen Kaya Larsen Müller'.split(' ');
const departments = ['Engineering', 'Finance', 'Housekeeping', 'Legal', 'Reception', 'Sales'];
const titles = ['Analyst', 'Director', 'Engineer', 'Manager', 'Specialist'];

/** Makes up people for a domain: the same random numbers give the same people. Every address is another one. */
export function* inventPeople(
  count: number,
  options: { readonly random: () => number; readonly domain: string },
): Generator<PersonDraft> {
  const { random, domain } = options;
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] ?? '';
  for (let at = 0; at < count; at += 1) {
    const givenName = pick(givenNames);
    const familyName = pick(familyNames);
    const plain = `${givenName}.${familyName}`
      .normalize('NFD')
      .replace(/[^A-Za-z.]/g, '')
      .toLowerCase();
    yield {
      givenName,
      familyName,
      email: `${plain}.${at}@${domain}`,
      department: pick(departments),
      title: pick(titles),
    };
  }
}
