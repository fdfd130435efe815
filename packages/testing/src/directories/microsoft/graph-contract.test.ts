import { readFileSync } from 'node:fs';
import type { Group, User } from '@microsoft/microsoft-graph-types';
import { expect, test } from 'vitest';
import { createFakeDirectory } from '../fake-directory.js';
import { graphGroup, graphUser } from './graph-entity.js';
import {
  defaultUserProperties,
  graphGroupProperties,
  graphUserProperties,
  singleUserProperties,
} from './graph-property.js';

interface ModelType {
  readonly base: string | null;
  readonly props: Readonly<Record<string, readonly [type: string, nullable: boolean]>>;
}

/** A slice of Microsoft's own model of Graph v1.0 (CSDL, MIT): what each property is, and whether it may be null. */
const model = JSON.parse(
  readFileSync(new URL('../../../vectors/graph-v1-slice.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, ModelType>>;

function propertiesOf(type: string): ModelType['props'] {
  const { base, props } = model[type] ?? { base: null, props: {} };
  return base === null ? props : { ...propertiesOf(base.replace('graph.', '')), ...props };
}

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const dateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

/** Whether a value is what the model says; a sentence about it when it is not. */
function faultOf(value: unknown, type: string, nullable: boolean): string | undefined {
  if (value === null) return nullable ? undefined : 'is null';
  const items = /^Collection\((.*)\)$/.exec(type)?.[1];
  if (items !== undefined) {
    if (!Array.isArray(value)) return 'is no list';
    return value.map((item) => faultOf(item, items, false)).find((fault) => fault !== undefined);
  }
  switch (type) {
    case 'Edm.String':
      return typeof value === 'string' ? undefined : 'is no string';
    case 'Edm.Boolean':
      return typeof value === 'boolean' ? undefined : 'is no boolean';
    case 'Edm.Int32':
      return Number.isInteger(value) ? undefined : 'is no integer';
    case 'Edm.Guid':
      return guid.test(`${value}`) ? undefined : 'is no GUID';
    case 'Edm.DateTimeOffset':
      return dateTime.test(`${value}`) ? undefined : 'is no time';
    default:
      return typeof value === 'object' ? undefined : `is no ${type}`;
  }
}

function faultsOf(entity: Readonly<Record<string, unknown>>, type: string): readonly string[] {
  const props = propertiesOf(type);
  return Object.entries(entity).flatMap(([name, value]) => {
    const known = props[name];
    const fault = known === undefined ? 'is not in the model' : faultOf(value, known[0], known[1]);
    return fault === undefined ? [] : [`${name} ${fault}`];
  });
}

test("the names of properties are those of Microsoft's model", () => {
  expect([...graphUserProperties].sort()).toEqual(Object.keys(propertiesOf('user')).sort());
  expect([...graphGroupProperties].sort()).toEqual(Object.keys(propertiesOf('group')).sort());
  const known = new Set(Object.keys(propertiesOf('user')));
  expect([...defaultUserProperties, ...singleUserProperties].filter((name) => !known.has(name))).toEqual([]);
});

test('the default properties are properties of the published types', () => {
  const typed: readonly (keyof User)[] = defaultUserProperties;
  const ofGroup: readonly (keyof Group)[] = ['id', 'displayName', 'mail', 'securityEnabled', 'mailEnabled'];
  expect(typed).toHaveLength(11);
  expect(ofGroup.filter((name) => !(graphGroupProperties as readonly string[]).includes(name))).toEqual([]);
});

test('every kind of account in every standing is a user of the model', () => {
  const tenant = createFakeDirectory({ kind: 'microsoft_365', people: 30 });
  const { people } = tenant;
  const kinds = ['person', 'guest', 'room', 'program'] as const;
  for (const kind of kinds) people.add({ kind, givenName: 'A', email: null, aliases: ['other@example.com'] });
  people.add({ kind: 'guest', guestState: 'PendingAcceptance', email: 'friend@elsewhere.example' });
  const [disabled, deleted] = people.all().map(({ id }) => id) as [string, string];
  people.disable(disabled);
  people.softDelete(deleted);
  for (const person of people.all()) expect(faultsOf(graphUser(person), 'user')).toEqual([]);
});

test('every group is a group of the model', () => {
  const tenant = createFakeDirectory({ kind: 'microsoft_365' });
  const groups = [tenant.groups.add({ name: 'Everybody' }), tenant.groups.add({ name: 'No mail', email: null })];
  for (const group of groups) expect(faultsOf(graphGroup(group), 'group')).toEqual([]);
});

test('the check itself finds what is not in the model, null where it may not be, and other types', () => {
  expect(
    faultsOf(
      { id: null, nickname: 'x', businessPhones: 'none', accountEnabled: 'yes', createdDateTime: 'today' },
      'user',
    ),
  ).toEqual([
    'id is null',
    'nickname is not in the model',
    'businessPhones is no list',
    'accountEnabled is no boolean',
    'createdDateTime is no time',
  ]);
});
