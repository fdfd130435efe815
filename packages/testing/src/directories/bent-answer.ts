import type { DirectoryFault, FaultWords } from './directory-faults.js';
import type { AnswerPage, DirectoryAnswer, DirectoryRequest, SentAnswer } from './directory-http.js';

const loginPage =
  '<!DOCTYPE html><html><head><title>Sign in</title></head><body><form method="post">…</form></body></html>';

/** What bending an answer needs to know. */
export interface BendContext {
  readonly request: DirectoryRequest;
  readonly words: FaultWords;
  readonly now: () => number;
  /** Where a foreign link leads. */
  readonly foreignOrigin: string;
  /** What earlier pages of a listing were. */
  readonly earlier: Map<string, EarlierPages>;
}

type Json = Record<string, unknown>;

/** What a walk has been shown so far. */
export interface EarlierPages {
  /** How the page before this one is asked for. */
  readonly self: string;
  readonly first: Json;
  readonly before: Json;
}

const recordsOf = (body: Json, page: AnswerPage): readonly Json[] => {
  const records = body[page.records];
  return Array.isArray(records) ? (records as readonly Json[]) : [];
};

/** Faults that replace the answer whole. */
function replaced(answer: DirectoryAnswer, fault: DirectoryFault, context: BendContext): DirectoryAnswer | undefined {
  const { operation } = answer;
  switch (fault.fault) {
    case 'answer':
      return { operation, status: fault.status, headers: fault.headers ?? {}, body: fault.body ?? '' };
    case 'throttle':
      return { operation, ...context.words.throttle(fault, context.now()) };
    case 'unauthorized':
      return { operation, ...context.words.unauthorized() };
    case 'forbidden':
      return { operation, ...context.words.forbidden() };
    case 'html':
      return { operation, status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: loginPage };
    default:
      return undefined;
  }
}

const withNext = (body: Json, page: AnswerPage, value: string): Json =>
  page.next === null ? body : { ...body, [page.next]: value };

/** Faults in what a page says. */
function bentBody(body: Json, page: AnswerPage, fault: DirectoryFault, context: BendContext): Json {
  const records = recordsOf(body, page);
  const without = (name: string | null): Json =>
    Object.fromEntries(Object.entries(body).filter(([field]) => field !== name));
  const before = context.earlier.get(context.request.url.pathname);
  switch (fault.fault) {
    case 'drop-fields': {
      const dropped = records.map((record) =>
        Object.fromEntries(Object.entries(record).filter(([field]) => !fault.fields.includes(field))),
      );
      return { ...body, [page.records]: dropped };
    }
    case 'drop-list':
      return without(page.records);
    case 'lose-records':
      return { ...body, [page.records]: [] };
    case 'drop-next':
      return without(page.next);
    case 'empty-page':
      return page.next === null
        ? body
        : withNext({ ...without('@odata.deltaLink'), [page.records]: [] }, page, page.again());
    case 'self-link':
      return page.next === null ? (before?.first ?? body) : withNext(body, page, page.self);
    case 'cycle':
      return page.next === null ? (before?.before ?? body) : withNext(body, page, before?.self ?? page.self);
    case 'foreign-link': {
      const next = page.next === null ? undefined : body[page.next];
      if (typeof next !== 'string' || page.nextIs !== 'link') return body;
      const link = new URL(next);
      return withNext(body, page, `${context.foreignOrigin}${link.pathname}${link.search}`);
    }
    case 'contradict': {
      const [first] = records;
      return first === undefined ? body : { ...body, [page.records]: [...records, { ...first, ...fault.fields }] };
    }
    case 'partial': {
      const record = (before === undefined ? undefined : recordsOf(before.before, page)[0]) ?? records[0];
      if (record === undefined) return body;
      return { ...body, [page.records]: [...records, { id: record['id'], ...fault.fields }] };
    }
    case 'count-off': {
      const total = page.total === null ? undefined : body[page.total];
      return typeof total === 'number' ? { ...body, [page.total ?? '']: total + fault.by } : body;
    }
    default:
      return body;
  }
}

/** Puts faults on an answer and makes it bytes. */
export function bendAnswer(
  answer: DirectoryAnswer,
  faults: readonly DirectoryFault[],
  context: BendContext,
): SentAnswer {
  let bent = answer;
  for (const fault of faults) {
    const whole = replaced(bent, fault, context);
    if (whole !== undefined) {
      bent = whole;
    } else if (fault.fault === 'count-off' && typeof bent.body === 'string' && bent.operation === 'count') {
      bent = { ...bent, body: `${Number(bent.body) + fault.by}` };
    } else if (bent.page !== undefined && typeof bent.body === 'object') {
      bent = { ...bent, body: bentBody(bent.body, bent.page, fault, context) };
    }
  }
  if (answer.page !== undefined && typeof answer.body === 'object') {
    const { pathname } = context.request.url;
    const known = answer.page.isFirst ? undefined : context.earlier.get(pathname);
    context.earlier.set(pathname, { self: answer.page.self, first: known?.first ?? answer.body, before: answer.body });
  }
  const body = typeof bent.body === 'object' ? JSON.stringify(bent.body) : (bent.body ?? '');
  const typed = typeof bent.body === 'object' ? { 'content-type': 'application/json; charset=utf-8' } : {};
  const retyped = faults.flatMap((fault) => (fault.fault === 'content-type' ? [{ 'content-type': fault.type }] : []));
  const cut = faults.find((fault) => fault.fault === 'truncate');
  return {
    status: bent.status,
    headers: Object.assign({ ...typed, ...bent.headers }, ...retyped) as Record<string, string>,
    body,
    cutAt: cut?.fault === 'truncate' ? Math.floor(Buffer.byteLength(body) * (cut.at ?? 0.5)) : null,
    hungUp: faults.some((fault) => fault.fault === 'hang-up'),
  };
}
