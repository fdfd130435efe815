/** What a client may ask a fake directory for; faults and the request log speak of these. */
export type DirectoryOperation =
  | 'token'
  | 'tenant'
  | 'users'
  | 'user'
  | 'count'
  | 'changes'
  | 'groups'
  | 'group'
  | 'group-changes'
  | 'members'
  | 'batch'
  | 'discovery'
  | 'unknown';

/** A request as it arrived, whichever way it came. */
export interface DirectoryRequest {
  readonly method: string;
  readonly url: URL;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The places of a listing's answer that a fault can bend. */
export interface AnswerPage {
  /** The name of the list of records. */
  readonly records: string;
  /** The name under which the next page is told; `null` where pages are asked for by number. */
  readonly next: string | null;
  /** Whether the next page is told as a whole address or as a token. */
  readonly nextIs: 'link' | 'token';
  /** The name of the number of records, where there is one. */
  readonly total: string | null;
  /** Another value of `next` that leads to this very page. */
  readonly again: () => string;
  /** The value of `next` that this request used: an address, a token; minted for a first page. */
  readonly self: string;
  /** Whether a walk begins here. */
  readonly isFirst: boolean;
}

/** An answer before it is bytes. */
export interface DirectoryAnswer {
  readonly operation: DirectoryOperation;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or a text that is sent as it stands. */
  readonly body?: Record<string, unknown> | string;
  readonly page?: AnswerPage;
}

/** The bytes of an answer and how they arrive. */
export interface SentAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How much of the body is sent before the connection is lost; `null` for all of it. */
  readonly cutAt: number | null;
  /** Whether the connection is lost before anything is sent. */
  readonly hungUp: boolean;
}

/** One request of the log. `token` is what was presented, so that a test can say who got which. */
export interface RequestRecord {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly operation: DirectoryOperation;
  /** The bearer token, `null` without one. */
  readonly token: string | null;
  readonly status: number;
  /** Names of the faults that were put on the answer. */
  readonly faults: readonly string[];
  readonly at: number;
}

/** The bearer token of a request. */
export function bearerOf(request: DirectoryRequest): string | null {
  const [scheme, token] = (request.headers['authorization'] ?? '').split(' ');
  return scheme?.toLowerCase() === 'bearer' && token !== undefined ? token : null;
}

/** The last value of each query parameter, names in lower case where the make does not mind case. */
export function queryOf(url: URL, options: { readonly ignoreCase: boolean }): Map<string, string> {
  const entries = [...url.searchParams].map(
    ([name, value]) => [options.ignoreCase ? name.toLowerCase() : name, value] as const,
  );
  return new Map(entries);
}

/** A token that says where a listing goes on, opaque to whoever reads it. */
export function encodeCursor(content: Readonly<Record<string, unknown>>): string {
  return Buffer.from(JSON.stringify(content)).toString('base64url');
}

/** What a token of ours says; `undefined` for anything else. */
export function decodeCursor(token: string): Record<string, unknown> | undefined {
  try {
    const content: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    return typeof content === 'object' && content !== null ? (content as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
