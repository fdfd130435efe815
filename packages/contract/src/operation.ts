import type * as z from 'zod/mini';
import { type PageSchema, page } from './wire-values.js';

/** What travels for one call of the API: enough to send it and to read its reply. */
export interface Operation {
  /** HTTP method. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with `:name` for each parameter. */
  readonly path: `/v1/${string}`;
  /** Where the input goes that is not in the path. */
  readonly sends: 'query' | 'body' | 'nothing';
  /** Schema of the JSON reply or of each event's data; `null` for a reply without a body. */
  readonly reply: z.ZodMiniType | null;
  /** How the reply travels. */
  readonly media: 'json' | 'event-stream' | 'none';
  /** Whether an `Idempotency-Key` makes repeats safe, is demanded, or is ignored. */
  readonly idempotency: 'required' | 'optional' | 'none';
  /** Whether the caller has to say in `If-Match` which version of the thing it has seen (RFC 9110 §13.1.1). */
  readonly precondition: 'version' | 'none';
}

/** Declares an operation, keeping the exact type of each part. */
export function operation<const Declared extends Operation>(declared: Declared): Declared {
  return declared;
}

/** Fills the parameters into an operation's path, percent-encoded. */
export function operationPath(called: Pick<Operation, 'path'>, params: Readonly<Record<string, string>>): string {
  return called.path.replace(/:([A-Za-z]+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
}

type Path = Operation['path'];
type Reply = z.ZodMiniType;

const json = { media: 'json', idempotency: 'none', precondition: 'none' } as const;

/** Declares the reading of one thing. */
export function read<const At extends Path, Read extends Reply>(
  path: At,
  reply: Read,
): {
  method: 'GET';
  path: At;
  sends: 'nothing';
  reply: Read;
  media: 'json';
  idempotency: 'none';
  precondition: 'none';
} {
  return { ...json, method: 'GET', path, sends: 'nothing', reply };
}

/** Declares the reading of a list, page by page. */
export function list<const At extends Path, Item extends Reply>(
  path: At,
  item: Item,
): {
  method: 'GET';
  path: At;
  sends: 'query';
  reply: PageSchema<Item>;
  media: 'json';
  idempotency: 'none';
  precondition: 'none';
} {
  return { ...json, method: 'GET', path, sends: 'query', reply: page(item) };
}

/** Declares the making of something, which an idempotency key makes safe to repeat. */
export function create<const At extends Path, Made extends Reply>(
  path: At,
  reply: Made,
): {
  method: 'POST';
  path: At;
  sends: 'body';
  reply: Made;
  media: 'json';
  idempotency: 'optional';
  precondition: 'none';
} {
  return { ...json, method: 'POST', path, sends: 'body', reply, idempotency: 'optional' };
}

/** Declares a submission that is not to be repeated by itself, such as a password. */
export function submit<const At extends Path, Answer extends Reply>(
  path: At,
  reply: Answer,
): {
  method: 'POST';
  path: At;
  sends: 'body';
  reply: Answer;
  media: 'json';
  idempotency: 'none';
  precondition: 'none';
} {
  return { ...json, method: 'POST', path, sends: 'body', reply };
}

/** Declares a submission that is answered without a body. */
export function tell<const At extends Path>(
  path: At,
): {
  method: 'POST';
  path: At;
  sends: 'body';
  reply: null;
  media: 'none';
  idempotency: 'none';
  precondition: 'none';
} {
  return { ...json, method: 'POST', path, sends: 'body', reply: null, media: 'none' };
}

/** Declares the ending of something; repeating it changes nothing. */
export function end<const At extends Path>(
  path: At,
): {
  method: 'DELETE';
  path: At;
  sends: 'nothing';
  reply: null;
  media: 'none';
  idempotency: 'none';
  precondition: 'none';
} {
  return { ...json, method: 'DELETE', path, sends: 'nothing', reply: null, media: 'none' };
}

/**
 * Declares a change of some fields of a thing, on condition that it still has the version the caller saw. The
 * idempotency key lets a repeat after a lost reply get that reply instead of `version-stale`.
 */
export function edit<const At extends Path, Edited extends Reply>(
  path: At,
  reply: Edited,
): {
  method: 'PATCH';
  path: At;
  sends: 'body';
  reply: Edited;
  media: 'json';
  idempotency: 'optional';
  precondition: 'version';
} {
  return { ...json, method: 'PATCH', path, sends: 'body', reply, idempotency: 'optional', precondition: 'version' };
}

/** Declares an act that needs no more than its path; repeating it changes nothing. */
export function act<const At extends Path, Answer extends Reply>(
  path: At,
  reply: Answer,
): {
  method: 'POST';
  path: At;
  sends: 'nothing';
  reply: Answer;
  media: 'json';
  idempotency: 'optional';
  precondition: 'none';
} {
  return { ...json, method: 'POST', path, sends: 'nothing', reply, idempotency: 'optional' };
}

/** Declares the reading of one answer to a question that its query asks. */
export function query<const At extends Path, Answer extends Reply>(
  path: At,
  reply: Answer,
): {
  method: 'GET';
  path: At;
  sends: 'query';
  reply: Answer;
  media: 'json';
  idempotency: 'none';
  precondition: 'none';
} {
  return { ...json, method: 'GET', path, sends: 'query', reply };
}
