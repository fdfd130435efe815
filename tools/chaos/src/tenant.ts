import { createGoogleSource, createGraphSource, createScimSource, type DirectorySource } from '@latchwork/directory';
import { createFakeDirectory, type FakeDirectory, type FakePeople, type FakePerson } from '@latchwork/testing';
import type { ChaosHistory, TenantEdit } from './history.js';

/** Time that passes only by being waited for. */
export interface ModelClock {
  now(): number;
  wait(delayMs: number): Promise<void>;
  after(delayMs: number, run: () => void): () => void;
  pass(ms: number): void;
}

/** Begins at a fixed day. */
export function createModelClock(): ModelClock {
  let now = Date.UTC(2026, 0, 5);
  return {
    now: () => now,
    async wait(delayMs) {
      now += delayMs;
    },
    after(delayMs, run) {
      now += delayMs;
      queueMicrotask(run);
      return () => undefined;
    },
    pass(ms) {
      now += ms;
    },
  };
}

/** A made-up tenant, the source that reads it, and how badly it answers. */
export interface ModelTenant {
  readonly fake: FakeDirectory;
  readonly source: DirectorySource;
  /** How likely each request gets a fault from now on. */
  setRate(rate: number): void;
}

/** Makes a history's tenant. Nothing of it waits, listens or is left to chance. */
export function createTenant(history: ChaosHistory, clock: ModelClock): ModelTenant {
  const { seed, people, pageSize, cursors } = history;
  const chaos = { seed, rate: 0 };
  const made = { seed, people, clock, chaos, domain: 'hotel.example', tombstonesInFirstRound: seed % 2 === 0, cursors };
  const setRate = (rate: number) => {
    chaos.rate = rate;
  };
  const reached = (fake: FakeDirectory) => ({
    clock,
    fetch: smallPages(fake.fetch, pageSize),
    random: () => 0.5,
    requestTimeoutMs: 20_000,
  });
  switch (history.kind) {
    case 'microsoft_365': {
      const fake = createFakeDirectory({ ...made, kind: 'microsoft_365', deltaPageSize: pageSize });
      const { tenantId, clientId, clientSecret } = fake.credentials;
      const source = createGraphSource({
        ...{ ...reached(fake), tenantId, clientId, credential: { type: 'secret', clientSecret } },
        ...{ baseUrl: fake.urls.base, loginUrl: fake.urls.login },
      });
      return { fake, source, setRate };
    }
    case 'google_workspace': {
      const fake = createFakeDirectory({ ...made, kind: 'google_workspace' });
      const source = createGoogleSource({
        ...{ ...reached(fake), credential: fake.credentials },
        ...{ baseUrl: fake.urls.base, tokenUrl: fake.urls.token },
      });
      return { fake, source, setRate };
    }
    case 'scim': {
      const fake = createFakeDirectory({ ...made, kind: 'scim', maxResults: pageSize });
      return { fake, source: createScimSource({ ...reached(fake), ...fake.credentials }), setRate };
    }
  }
}

/** A server may always send less than it was asked for. */
function smallPages(reach: typeof fetch, pageSize: number): typeof fetch {
  return (input, init) => {
    const url = new URL(`${input}`);
    for (const name of ['$top', 'maxResults'])
      if (url.searchParams.has(name)) url.searchParams.set(name, `${pageSize}`);
    return reach(url.href, init);
  };
}

/** Whether somebody is to be a user: listed, open, and a person. */
export function isPresent(person: FakePerson): boolean {
  return person.standing === 'enabled' && !person.archived && person.kind === 'person';
}

/** Does one edit, where it can be done to whoever it points at. */
export function editTenant(people: FakePeople, { edit, who, other }: TenantEdit, mark: number): void {
  const everybody = people.all();
  const one = everybody[who % Math.max(1, everybody.length)];
  const two = everybody[other % Math.max(1, everybody.length)];
  if (edit === 'add' || one === undefined || two === undefined) {
    people.add({ givenName: 'New', familyName: `Comer ${mark}`, email: `comer.${mark}@hotel.example` });
    return;
  }
  const isDeleted = one.standing === 'deleted';
  switch (edit) {
    case 'add-guest':
      people.add({ kind: 'guest', givenName: 'Guest', email: `guest.${mark}@elsewhere.example` });
      return;
    case 'rename':
      people.rename(one.id, { familyName: `Renamed ${mark}` });
      return;
    case 'move-address':
      if (!isDeleted) people.changeEmail(one.id, `moved.${mark}@hotel.example`);
      return;
    case 'take-address':
      if (isDeleted || two.standing === 'deleted' || one.id === two.id) return;
      people.changeEmail(two.id, `gave.way.${mark}@hotel.example`);
      people.changeEmail(one.id, two.email);
      return;
    case 'swap-addresses':
      if (isDeleted || two.standing === 'deleted' || one.id === two.id) return;
      people.changeEmail(one.id, `between.${mark}@hotel.example`);
      people.changeEmail(two.id, one.email);
      people.changeEmail(one.id, two.email);
      return;
    case 'disable':
      if (!isDeleted) people.disable(one.id);
      return;
    case 'enable':
      if (!isDeleted) people.enable(one.id);
      return;
    case 'soft-delete':
      people.softDelete(one.id);
      return;
    case 'restore':
      if (isDeleted) people.restore(one.id);
      return;
    case 'remove':
      people.remove(one.id);
      return;
    case 'recreate':
      people.recreate(one.id);
      return;
    case 'visit':
      people.visit(one.id);
  }
}
