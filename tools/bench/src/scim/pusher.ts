// Pushes users as Entra and Okta do: looked for, made, changed, put into a group, put as a whole, taken out, and some of them
// switched off. A few requests are under way at a time, each as soon as the one before it is answered.
import { Agent, request } from 'node:http';

/** How the parent asks for it: to push from now on, or to stop and tell. */
export type PushOrder =
  | { readonly order: 'push'; readonly baseUrl: string; readonly token: string; readonly atOnce: number }
  | { readonly order: 'stop' };

/** What was pushed between two orders. */
export interface PushReport {
  readonly requests: number;
  readonly ms: number;
  /** Of one request, by kind. */
  readonly slowestMs: number;
  readonly slowest: string;
  readonly medianMs: number;
  /** Milliseconds at which 99 of 100 requests were answered. */
  readonly almostAllMs: number;
  readonly byKind: Readonly<Record<string, { readonly requests: number; readonly medianMs: number }>>;
  readonly fault: string | null;
}

interface Place {
  readonly baseUrl: string;
  readonly token: string;
}

const agent = new Agent({ keepAlive: true });
const schemas = {
  user: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  group: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
  patch: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
};
/** Removals that add up to a fifth within seven days wait for an Admin: one of eight is let through. */
const livesPerLeaver = 8;

let samples: { readonly kind: string; readonly ms: number }[] = [];
let fault: string | null = null;
let isPushing = false;
let done = Promise.resolve();
let beganAt = 0;
let lives = 0;
let groupId: string | undefined;

interface Asked {
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  readonly status: number;
}

async function ask({ baseUrl, token }: Place, { kind, method, path, body, status }: Asked): Promise<{ id?: string }> {
  const sent = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    ...(sent === '' ? {} : { 'content-type': 'application/scim+json', 'content-length': Buffer.byteLength(sent) }),
  };
  const began = performance.now();
  const [answered, text] = await new Promise<[number | undefined, string]>((resolve, reject) => {
    const asked = request(`${baseUrl}/scim/v2${path}`, { method, headers, agent }, (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        answer += piece;
      });
      response.once('end', () => resolve([response.statusCode, answer]));
      response.once('error', reject);
    });
    asked.once('error', reject);
    asked.end(sent);
  });
  samples.push({ kind, ms: performance.now() - began });
  if (answered !== status) throw new Error(`${kind} was answered ${answered}: ${text.slice(0, 300)}`);
  return text === '' ? {} : (JSON.parse(text) as { id?: string });
}

async function makeGroup(place: Place): Promise<string> {
  const body = { schemas: schemas.group, displayName: 'Everybody', externalId: 'g' };
  return (await ask(place, { kind: 'group', method: 'POST', path: '/Groups', body, status: 201 })).id ?? '';
}

/** One user, from not being here to being changed and perhaps gone. */
async function live(place: Place, number: number, group: string): Promise<void> {
  const address = `pushed-${number}@push.example`;
  const find = {
    kind: 'find',
    method: 'GET',
    path: `/Users?filter=${encodeURIComponent(`userName eq "${address}"`)}`,
    status: 200,
  };
  const user = {
    schemas: schemas.user,
    userName: address,
    externalId: `ext-${number}`,
    displayName: `Pushed ${number}`,
    name: { givenName: 'Pushed', familyName: `${number}` },
    emails: [{ type: 'work', value: address, primary: true }],
    active: true,
  };
  const patch = (...operations: object[]) => ({ schemas: schemas.patch, Operations: operations });
  const members = (op: string, value: string) => ({
    ...{ kind: `group ${op.toLowerCase()}`, method: 'PATCH', path: `/Groups/${group}`, status: 204 },
    body: patch({ op, path: 'members', value: [{ $ref: null, value }] }),
  });
  await ask(place, find);
  const { id = '' } = await ask(place, { kind: 'create', method: 'POST', path: '/Users', body: user, status: 201 });
  const of = (kind: string, method: string, body: object): Asked => ({
    ...{ kind, method, path: `/Users/${id}`, body, status: 200 },
  });
  await ask(place, find);
  const changes = [
    { op: 'Replace', path: 'displayName', value: `Changed ${number}` },
    { op: 'Replace', path: 'title', value: 'Porter' },
  ];
  await ask(place, of('patch', 'PATCH', patch(...changes)));
  await ask(place, members('Add', id));
  await ask(place, of('put', 'PUT', { ...user, title: 'Night porter' }));
  if (number % 2 === 0) await ask(place, members('Remove', id));
  if (number % livesPerLeaver === 0) {
    await ask(place, of('deactivate', 'PATCH', patch({ op: 'Replace', path: 'active', value: false })));
  }
}

async function push(place: Place, atOnce: number): Promise<void> {
  groupId ??= await makeGroup(place);
  const group = groupId;
  const work = async (): Promise<void> => {
    while (isPushing) {
      lives += 1;
      await live(place, lives, group);
    }
  };
  samples = [];
  beganAt = performance.now();
  await Promise.all(Array.from({ length: atOnce }, work));
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function report(ms: number): PushReport {
  const sorted = [...samples].sort((one, other) => one.ms - other.ms);
  const last = sorted.at(-1);
  const kinds = [...new Set(samples.map(({ kind }) => kind))];
  return {
    requests: samples.length,
    ms,
    slowestMs: last?.ms ?? Number.NaN,
    slowest: last?.kind ?? '',
    medianMs: median(samples.map((sample) => sample.ms)),
    almostAllMs: sorted[Math.floor(sorted.length * 0.99)]?.ms ?? Number.NaN,
    byKind: Object.fromEntries(
      kinds.map((kind) => {
        const mine = samples.filter((sample) => sample.kind === kind).map((sample) => sample.ms);
        return [kind, { requests: mine.length, medianMs: median(mine) }];
      }),
    ),
    fault,
  };
}

process.on('message', async (message: PushOrder) => {
  if (message.order === 'push') {
    isPushing = true;
    done = push(message, message.atOnce).catch((error: unknown) => {
      fault = String(error);
      isPushing = false;
    });
    return;
  }
  isPushing = false;
  await done;
  process.send?.(report(performance.now() - beganAt));
});
process.once('disconnect', () => process.exit());
process.send?.('ready');
