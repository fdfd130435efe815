import type { DirectoryProfile } from '@latchwork/core/directory';

/** How many users a page of Graph has. */
export const pageSize = 999;

/** Which state of the tenant is listed. */
export type TenantState = 'before' | 'after';

/** How many of a thousand users change, go and come between the two states. */
const turnovers = { day: { changed: 3, gone: 1, new: 1 }, upheaval: { changed: 15, gone: 10, new: 10 } } as const;

/** `day`: a day's, at which a third leave within a year; `upheaval`: seven times that. */
export type Turnover = keyof typeof turnovers;

/** A made-up tenant. */
export interface Tenant {
  readonly users: number;
  readonly turnover: Turnover;
}

const givenNames = ['Ada', 'Grace', 'Noor', 'Søren', 'Yuki', 'Ljubica', 'Tomasz', 'Inês', 'Hans', 'Priya', 'Marie'];
const familyNames = ['Lovelace', 'Hopper', 'Nakamura', 'Petrović', 'Ng', 'Fernández', 'Kováč', 'Smith', 'Okafor'];
const asciiGiven = ['ada', 'grace', 'noor', 'soren', 'yuki', 'ljubica', 'tomasz', 'ines', 'hans', 'priya', 'marie'];
const asciiFamily = ['lovelace', 'hopper', 'nakamura', 'petrovic', 'ng', 'fernandez', 'kovac', 'smith', 'okafor'];
const departments = ['Research and Development', 'Sales', 'Operations', 'Human Resources', 'Legal and Compliance'];
const titles = ['Senior Process Engineer', 'Analyst', 'Head of Facilities', 'Account Executive', 'Specialist'];

const factor = 0x9e3779b1;
const inverse = inverseOf(factor);

/** The Graph id of the user of that number; nobody's neighbor in the alphabet is the next. */
export function idOf(index: number): string {
  const scattered = (Math.imul(index, factor) >>> 0).toString(16).padStart(8, '0');
  return `${scattered}-4c3b-4a1d-9e5f-0a${scattered}${scattered.slice(0, 2)}`;
}

/** The number of the user of that id. */
export function indexOf(id: string): number {
  return Math.imul(Number.parseInt(id.slice(0, 8), 16), inverse) >>> 0;
}

export function emailOf(index: number): string {
  return `${asciiGiven[index % 11]}.${asciiFamily[index % 9]}.${index}@corp.contoso.example`;
}

/** What a sync has brought over of the user before, and brings now of whoever changed. */
export function profileOf(index: number, isMoved = false): DirectoryProfile {
  const [givenName = '', familyName = ''] = [givenNames[index % 11], familyNames[index % 9]];
  return {
    ...{ email: emailOf(index), givenName, familyName, displayName: `${givenName} ${familyName}` },
    department: departments[(index + Number(isMoved)) % 5] ?? null,
    title: titles[index % 5] ?? null,
  };
}

/** What becomes of the user between the two states. */
export function fateOf(index: number, turnover: Turnover): 'stays' | 'changed' | 'removed' {
  const { changed, gone } = turnovers[turnover];
  const fate = (Math.imul(index + 1, 0x85ebca6b) >>> 8) % 1000;
  return fate < changed ? 'changed' : fate < changed + gone ? 'removed' : 'stays';
}

/** What the tenant's two states differ in, as whoever makes them knows it. */
export interface TenantTruth {
  readonly new: number;
  readonly updated: number;
  readonly removed: number;
  readonly unchanged: number;
}

/** Counts the truth. */
export function truthOf({ users, turnover }: Tenant): TenantTruth {
  const counts = { stays: 0, changed: 0, removed: 0 };
  for (let index = 0; index < users; index += 1) counts[fateOf(index, turnover)] += 1;
  const added = Math.floor(users / newcomerEvery(turnover));
  return { new: added, updated: counts.changed, removed: counts.removed, unchanged: counts.stays };
}

function newcomerEvery(turnover: Turnover): number {
  return 1000 / turnovers[turnover].new;
}

/** How many users the state has. */
export function countOf(tenant: Tenant, state: TenantState): number {
  const truth = truthOf(tenant);
  return state === 'before' ? tenant.users : tenant.users - truth.removed + truth.new;
}

/** Lists a state in pages of Graph's `/users`, each in memory of its own size only while it is looked at. */
export function* graphPages(
  { users, turnover }: Tenant,
  state: TenantState,
  base: string,
): Generator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  const buffer = new Uint8Array(1024 * (pageSize + 1));
  let records: string[] = [];
  let page = 0;
  const every = newcomerEvery(turnover);
  const encodePage = (isLast: boolean) => {
    page += 1;
    const next = isLast ? '' : `"@odata.nextLink":"${base}/users?$skiptoken=${page}",`;
    const text = `{"@odata.context":"${base}/$metadata#users",${next}"value":[${records.join(',')}]}`;
    records = [];
    return buffer.subarray(0, encoder.encodeInto(text, buffer).written);
  };
  for (let index = 0; index < users; index += 1) {
    const fate = state === 'before' ? 'stays' : fateOf(index, turnover);
    if (fate !== 'removed') records.push(recordOf(index, fate === 'changed'));
    // Newcomers stand anywhere among the others.
    if (state === 'after' && (index + 1) % every === 0) records.push(recordOf(users + (index + 1) / every - 1));
    if (records.length >= pageSize - 1) yield encodePage(false);
  }
  yield encodePage(true);
}

function recordOf(index: number, isMoved = false): string {
  const { email, givenName, familyName, displayName, department, title } = profileOf(index, isMoved);
  return (
    `{"id":"${idOf(index)}","mail":"${email}","proxyAddresses":["SMTP:${email}","smtp:u${index}@contoso.example"],` +
    `"userPrincipalName":"${email}","displayName":"${displayName}","givenName":"${givenName}","surname":"${familyName}",` +
    `"department":"${department}","jobTitle":"${title}","accountEnabled":true,"userType":"Member",` +
    `"externalUserState":null,"isResourceAccount":null}`
  );
}

function inverseOf(odd: number): number {
  let found = odd;
  for (let round = 0; round < 5; round += 1) found = Math.imul(found, 2 - Math.imul(odd, found));
  return found;
}
