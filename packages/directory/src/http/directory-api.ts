import { DirectoryError } from '../directory-error.js';
import type { AccessTokens } from './access-tokens.js';
import type { DirectoryHttp, Question } from './directory-http.js';
import type { Reading } from './reading.js';

/** Asks a directory's API with a token of its own. */
export interface DirectoryApi {
  /** The address below which everything is asked. */
  readonly baseUrl: URL;
  /** An address below the base, with the query as it goes over the wire. */
  address(path: string, query?: Readonly<Record<string, string>>): URL;
  /** Where a link of an answer leads; `link-refused` for any other host, to which the token would go as well. */
  follow(link: string): URL;
  ask<Answer>(question: Question<Answer>, reading: Reading): Promise<Answer>;
}

/** Wires an API. A refused token is replaced once; then the credentials themselves are refused. */
export function createDirectoryApi(options: {
  readonly baseUrl: string;
  readonly http: DirectoryHttp;
  readonly tokens: AccessTokens;
}): DirectoryApi {
  const { http, tokens } = options;
  const baseUrl = new URL(options.baseUrl.endsWith('/') ? options.baseUrl : `${options.baseUrl}/`);
  return {
    baseUrl,
    address(path, query = {}) {
      const url = new URL(path, baseUrl);
      const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
      if (pairs.length > 0) url.search = pairs.join('&');
      return url;
    },
    follow(link) {
      const url = URL.canParse(link, baseUrl) ? new URL(link, baseUrl) : undefined;
      if (url?.origin !== baseUrl.origin || url.username !== '' || url.password !== '') {
        throw new DirectoryError({ code: 'link-refused' });
      }
      return url;
    },
    async ask(question, reading) {
      const token = await tokens.take(reading);
      try {
        return await http(bearing(question, token), reading);
      } catch (error) {
        if (!(error instanceof DirectoryError) || error.info.code !== 'unauthorized') throw error;
        const other = await tokens.take(reading, token);
        if (other === token) throw error;
        return await http(bearing(question, other), reading);
      }
    },
  };
}

function bearing<Answer>(question: Question<Answer>, token: string): Question<Answer> {
  return { ...question, headers: { ...question.headers, authorization: `Bearer ${token}` } };
}
