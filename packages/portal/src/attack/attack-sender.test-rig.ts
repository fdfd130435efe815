import { randomUUID } from 'node:crypto';
import { type OperationId, operationPath, type Route, routes } from '@latchwork/contract';
import { hospitalityStandings, workplaceRoles } from '@latchwork/core';
import type { Caller } from './attack-case.test-rig.js';
import { payloads } from './attack-requests.test-rig.js';
import type { Target } from './attack-targets.test-rig.js';
import type { Attacker, AttackWorld } from './attack-world.test-rig.js';

/** Every operation of the contract. */
export const operationIds = Object.keys(routes) as readonly OperationId[];

/** Every operation that only reads. */
export const readingIds = operationIds.filter((operation) => routes[operation].method === 'GET');

/** A reply, whole: nothing of it goes unread. */
export interface WholeReply {
  readonly status: number;
  /** Without `request-id`, which is new each time. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Sends one route's request as a caller would, with the payload that its target takes unless another is given. */
export async function sendAttack(
  world: AttackWorld,
  caller: Pick<Caller, 'token'>,
  request: {
    readonly operation: OperationId;
    readonly params: Readonly<Record<string, string>>;
    readonly target?: Target;
    readonly payload?: object;
    readonly headers?: Readonly<Record<string, string>>;
  },
): Promise<WholeReply> {
  const { operation, params, target = {}, headers = {} } = request;
  const route: Route = routes[operation];
  const { method, precondition, idempotency, media } = route;
  const payload = request.payload ?? payloads[operation](world, target);
  const query = route.sends === 'query' ? `?${new URLSearchParams(payload as Record<string, string>)}` : '';
  const response = await world.test.send(method, `${operationPath(route, params)}${query}`, {
    ...(caller.token === undefined ? {} : { token: caller.token }),
    ...(route.sends === 'body' ? { body: payload } : {}),
    headers: {
      ...(precondition === 'version' ? { 'if-match': '*' } : {}),
      ...(idempotency === 'required' ? { 'idempotency-key': randomUUID() } : {}),
      ...(media === 'event-stream' ? { 'last-event-id': '0' } : {}),
      ...headers,
    },
  });
  const { 'request-id': _, ...rest } = Object.fromEntries(response.headers);
  const isStream = rest['content-type'] === 'text/event-stream';
  return {
    status: response.status,
    headers: rest,
    text: isStream ? await beginningOf(response) : await response.text(),
  };
}

/** What an endless reply begins with: all that has happened so far, up to the first pause. */
async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let text = '';
  for (let part = 0; part < 3; part++) {
    const { value, done } = await reader.read();
    text += decoder.decode(value, { stream: true });
    if (done || text.includes('data:')) break;
  }
  await reader.cancel();
  return text;
}

const nowhere = { harbor: null, hill: null, cove: null };
const channels = [
  ['portal_app', 'session'],
  ['dashboard', 'session'],
  ['api', 'api-key'],
  ['integrated_app', 'app'],
] as const;

/** One person with each token they have; `isGone`: none of them is to be taken any more. */
export function callersOf(label: string, attacker: Attacker, isGone = false): readonly Caller[] {
  return channels.map(([channel, kind]) => ({
    label: `${label} by ${channel}`,
    kind: isGone ? 'nobody' : kind,
    channel,
    token: attacker.tokens[channel],
    memberId: attacker.person.id,
    standings: attacker.standings,
    workplace: null,
  }));
}

/** Everybody, with every token they have. */
export function everybodyOf({ test, attackers, office, removed }: AttackWorld): readonly Caller[] {
  const users = workplaceRoles.flatMap((workplace) =>
    (['dashboard', 'mobile_app'] as const).map((channel): Caller => {
      const { id, tokens } = office[workplace];
      const token = tokens[channel];
      const label = `${workplace} by ${channel}`;
      return { label, kind: 'session', channel, token, memberId: id, standings: nowhere, workplace };
    }),
  );
  const plain = { channel: null, memberId: attackers.owner.person.id, standings: nowhere, workplace: null } as const;
  return [
    ...hospitalityStandings.flatMap((standing) => callersOf(standing, attackers[standing])),
    ...users,
    ...callersOf('somebody removed', removed, true),
    { ...plain, label: 'nobody', kind: 'nobody', token: undefined },
    { ...plain, label: 'a guessed token', kind: 'nobody', token: 'lws_guessed' },
    { ...plain, label: 'the operator', kind: 'operator', token: test.portal.operatorKey.reveal() },
  ];
}
