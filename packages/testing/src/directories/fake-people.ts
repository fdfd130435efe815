import type { FakePerson, PersonDraft, PersonEdit } from './fake-person.js';
import { completePerson, type FakeTenant } from './fake-tenant.js';

const dayMs = 86_400_000;
/** How long a soft deletion can be taken back. */
const restorableMs = { microsoft_365: 30 * dayMs, google_workspace: 20 * dayMs, scim: 30 * dayMs };

/** Editing a fake tenant's accounts. A person is named by id or by present address; one not there is an error. */
export interface FakePeople {
  readonly size: number;
  add(draft?: PersonDraft): FakePerson;
  get(who: string): FakePerson;
  find(who: string): FakePerson | undefined;
  /** Everybody, soft-deleted ones too. */
  all(): readonly FakePerson[];
  /** Everybody whom a list of the directory shows. */
  listed(): readonly FakePerson[];
  change(who: string, edit: PersonEdit): FakePerson;
  rename(who: string, names: Pick<PersonEdit, 'givenName' | 'familyName' | 'displayName'>): FakePerson;
  /** Changes the address, and the sign-in name where it was the address. */
  changeEmail(who: string, email: string | null): FakePerson;
  disable(who: string): FakePerson;
  enable(who: string): FakePerson;
  /** Google's other way to close an account. */
  archive(who: string): FakePerson;
  /** Signs in: ETags and times change, the profile does not. */
  visit(who: string): FakePerson;
  /** Deletes as an admin's console does: taken back within 30 (Google 20) days. Microsoft renames the UPN (case 30). */
  softDelete(who: string): FakePerson;
  /** @throws Error once the time for it is over. */
  restore(who: string): FakePerson;
  /** Deletes for good. */
  remove(who: string): void;
  /** Deletes for good and adds somebody with the same names and address under a new id (case 20). */
  recreate(who: string): FakePerson;
}

/** The editing side of a tenant. */
export function createPeople(tenant: FakeTenant): FakePeople {
  const { people } = tenant;
  const byEmail = new Map<string, string>();

  const find = (who: string): FakePerson | undefined => {
    const known = people.get(who);
    if (known !== undefined) return known;
    const held = people.get(byEmail.get(who.toLowerCase()) ?? '');
    if (held?.email?.toLowerCase() === who.toLowerCase()) return held;
    return [...people.values()].find(({ email }) => email?.toLowerCase() === who.toLowerCase());
  };
  const get = (who: string): FakePerson => {
    const found = find(who);
    if (found === undefined) throw new Error(`The fake directory has nobody named ${who}.`);
    return found;
  };
  const put = (person: FakePerson, change: 'added' | 'changed' | 'soft-deleted' | 'restored', fields: string[]) => {
    people.set(person.id, person);
    if (person.email !== null) byEmail.set(person.email.toLowerCase(), person.id);
    tenant.record({ of: 'person', id: person.id, change, fields });
    return person;
  };
  const add = (draft: PersonDraft = {}): FakePerson => {
    const person = completePerson(tenant, draft);
    if (people.has(person.id)) throw new Error(`The fake directory has ${person.id} already.`);
    return put(person, 'added', Object.keys(person));
  };
  const change = (who: string, edit: Partial<FakePerson>): FakePerson => {
    const person = get(who);
    const fields = Object.keys(edit).filter(
      (field) => edit[field as keyof FakePerson] !== person[field as keyof FakePerson],
    );
    return put({ ...person, ...edit }, 'changed', fields);
  };
  const remove = (who: string): void => {
    const { id } = get(who);
    people.delete(id);
    for (const group of tenant.groups.values()) {
      if (!group.memberIds.includes(id)) continue;
      tenant.groups.set(group.id, { ...group, memberIds: group.memberIds.filter((member) => member !== id) });
      tenant.record({ of: 'membership', id: group.id, memberId: id, change: 'removed', fields: [] });
    }
    tenant.record({ of: 'person', id, change: 'removed', fields: [] });
  };

  return {
    get size() {
      return people.size;
    },
    add,
    get,
    find,
    all: () => [...people.values()],
    listed: () => [...people.values()].filter(({ standing }) => standing !== 'deleted'),
    change,
    rename: (who, names) => {
      const { givenName, familyName } = { ...get(who), ...names };
      const displayName = names.displayName ?? [givenName, familyName].filter(Boolean).join(' ');
      return change(who, { ...names, displayName });
    },
    changeEmail: (who, email) => {
      const person = get(who);
      const same = person.userName === person.email && email !== null;
      return change(person.id, same ? { email, userName: email } : { email });
    },
    disable: (who) => change(who, { standing: 'disabled' }),
    enable: (who) => change(who, { standing: 'enabled', archived: false }),
    archive: (who) => change(who, { archived: true }),
    visit: (who) => change(who, { visits: get(who).visits + 1 }),
    softDelete: (who) => {
      const person = get(who);
      if (person.standing === 'deleted') return person;
      const renamed = `${person.id.replaceAll('-', '')}${person.userName}`;
      const userName = tenant.kind === 'microsoft_365' ? renamed : person.userName;
      const deleted: FakePerson = {
        ...person,
        userName,
        standing: 'deleted',
        standingBefore: person.standing,
        deletedAt: tenant.now(),
      };
      return put(deleted, 'soft-deleted', ['standing', 'deletedAt', 'userName']);
    },
    restore: (who) => {
      const person = get(who);
      if (person.deletedAt === null) throw new Error(`${person.id} is not deleted.`);
      if (tenant.now() - person.deletedAt > restorableMs[tenant.kind])
        throw new Error(`${person.id} is gone for good.`);
      const userName = tenant.kind === 'microsoft_365' ? person.userName.slice(32) : person.userName;
      const restored: FakePerson = {
        ...person,
        userName,
        standing: person.standingBefore,
        standingBefore: 'enabled',
        deletedAt: null,
      };
      return put(restored, 'restored', ['standing', 'deletedAt', 'userName']);
    },
    remove,
    recreate: (who) => {
      const { id, standing, standingBefore, createdAt, deletedAt, visits, ...same } = get(who);
      remove(id);
      const userName =
        standing === 'deleted' && tenant.kind === 'microsoft_365' ? same.userName.slice(32) : same.userName;
      return add({ ...same, userName });
    },
  };
}
