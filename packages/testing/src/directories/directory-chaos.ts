import type { DirectoryAccess } from './directory-access.js';
import type { DirectoryFault, DirectoryFaultName, FaultChance } from './directory-faults.js';
import type { DirectoryOperation } from './directory-http.js';
import type { FakePeople } from './fake-people.js';
import type { FakeDirectoryKind } from './fake-person.js';

/** Faults by chance: the same seed and the same requests get the same ones. */
export interface DirectoryChaos {
  readonly seed: number;
  /** How likely a request gets a fault, 0…1; asked at each request. */
  readonly rate: number;
  /** Which faults may come; default: all. */
  readonly only?: readonly DirectoryFaultName[];
}

interface ChaosContext {
  readonly kind: FakeDirectoryKind;
  readonly random: () => number;
  readonly people: FakePeople;
  readonly access: DirectoryAccess;
}

type Maker = (context: ChaosContext) => DirectoryFault;

const pick = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;

const emailField = { microsoft_365: 'mail', google_workspace: 'primaryEmail', scim: 'userName' } as const;

/** A change of the tenant in the middle of a walk. */
const edit: Maker = ({ random, people, access, kind }) => {
  const roll = random();
  const at = random();
  const someone = () => {
    const listed = people.listed();
    return listed[Math.floor(at * listed.length)]?.id;
  };
  const onSomeone = (act: (id: string) => void) => () => {
    const id = someone();
    if (id !== undefined) act(id);
  };
  const acts: readonly (() => void)[] = [
    () => void people.add({ givenName: 'New', familyName: 'Comer' }),
    onSomeone((id) => people.remove(id)),
    onSomeone((id) => people.softDelete(id)),
    onSomeone((id) => people.disable(id)),
    onSomeone((id) => people.rename(id, { familyName: `Renamed${Math.floor(at * 1_000)}` })),
    onSomeone((id) => people.changeEmail(id, `moved.${Math.floor(at * 1e9)}@${kind.replaceAll('_', '-')}.example`)),
    onSomeone((id) => people.recreate(id)),
  ];
  // Consent goes seldom: everything after that is one and the same refusal.
  return { fault: 'meanwhile', run: roll > 0.97 ? () => access.revoke() : pick(() => roll / 0.97, acts) };
};

const anywhere: Readonly<Record<string, Maker>> = {
  answer: ({ random }) => ({ fault: 'answer', status: pick(random, [500, 502, 503, 504]), body: 'upstream error' }),
  throttle: ({ random, kind }) => {
    const shapes =
      kind === 'google_workspace'
        ? (['rate-403', 'quota-403', 'too-many-requests', 'unavailable-503'] as const)
        : (['too-many-requests', 'unavailable-503'] as const);
    const retryAfter = pick<string | number | null>(random, [0, 1, 7, 'date', null, 1e9, -5, 'soon']);
    return { fault: 'throttle', as: pick(random, shapes), retryAfter, seconds: 3 };
  },
  truncate: ({ random }) => ({ fault: 'truncate', at: random() }),
  'hang-up': () => ({ fault: 'hang-up' }),
  html: () => ({ fault: 'html' }),
  'content-type': ({ random }) => ({
    fault: 'content-type',
    type: pick(random, ['text/plain', 'text/html', 'image/png']),
  }),
  slow: ({ random }) => ({ fault: 'slow', delayMs: Math.floor(random() * 30_000) }),
};

const inApi: Readonly<Record<string, Maker>> = {
  unauthorized: () => ({ fault: 'unauthorized' }),
  forbidden: () => ({ fault: 'forbidden' }),
  meanwhile: edit,
  'count-off': ({ random }) => ({ fault: 'count-off', by: pick(random, [-40, -3, 3, 40]) }),
};

const inListings: Readonly<Record<string, Maker>> = {
  'drop-fields': ({ random, kind }) => {
    const fields = [
      emailField[kind],
      'displayName',
      'name',
      'givenName',
      'accountEnabled',
      'suspended',
      'active',
      'id',
    ];
    return { fault: 'drop-fields', fields: [pick(random, fields)] };
  },
  'drop-list': () => ({ fault: 'drop-list' }),
  'lose-records': () => ({ fault: 'lose-records' }),
  'drop-next': () => ({ fault: 'drop-next' }),
  'empty-page': () => ({ fault: 'empty-page' }),
  'self-link': () => ({ fault: 'self-link' }),
  cycle: () => ({ fault: 'cycle' }),
  'foreign-link': () => ({ fault: 'foreign-link' }),
  contradict: ({ kind }) => ({
    fault: 'contradict',
    fields: { displayName: 'Somebody Else', [emailField[kind]]: 'else@example.net' },
  }),
  partial: () => ({ fault: 'partial', fields: { displayName: 'Only A Name' } }),
};

const listings: readonly DirectoryOperation[] = ['users', 'changes', 'groups', 'group-changes', 'members'];

/** Chooses faults for a fake directory at random; without chaos there are none. */
export function createFaultChance(chaos: DirectoryChaos | undefined, context: ChaosContext): FaultChance {
  if (chaos === undefined) return () => undefined;
  const { only } = chaos;
  const allowed = (makers: Readonly<Record<string, Maker>>): readonly Maker[] =>
    Object.entries(makers).flatMap(([name, maker]) =>
      only === undefined || (only as readonly string[]).includes(name) ? [maker] : [],
    );
  const ofToken = allowed(anywhere);
  const ofApi = allowed({ ...anywhere, ...inApi });
  const ofListings = allowed({ ...anywhere, ...inApi, ...inListings });
  return (_request, operation) => {
    if (context.random() >= chaos.rate) return undefined;
    const makers = operation === 'token' ? ofToken : listings.includes(operation) ? ofListings : ofApi;
    return makers.length === 0 ? undefined : pick(context.random, makers)(context);
  };
}
