import type { OperationId, Route } from '@latchwork/contract';

/** Header fields by lowercase name; one that came several times is joined with commas. */
export type HeaderFields = Readonly<Record<string, string | readonly string[] | undefined>>;

/** One request of the API, from a socket or handed over by a test. What costs something is only made for who asks. */
export interface ApiRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  readonly headers: HeaderFields;
  /** Where it comes from, as far as connection and trusted proxies tell. */
  readonly address: string;
  /** Fires when the caller has gone. */
  readonly signal: AbortSignal;
  /**
   * Reads the body as text, or gives `undefined` for one of more bytes, which is not read to its end.
   *
   * @throws PortalError `caller-gone`: it will not come to its end.
   */
  readText(mostBytes: number): Promise<string | undefined>;
}

/** One answer of the API. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string | ReadableStream<Uint8Array> | undefined;
}

/** One answer of a route, as it leaves. */
export interface AnsweredCall {
  readonly operation: OperationId;
  readonly route: Route;
  readonly response: ApiResponse;
}

/** Answers requests of the API. */
export type ApiAnswering = (request: ApiRequest) => Promise<ApiResponse>;

/** A header field that can be there once. */
export function headerOf(headers: HeaderFields, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.join(', ');
}
