import * as http from 'node:http';
import * as https from 'node:https';
import { Readable } from 'node:stream';
import type { AddressGuard } from '../webhooks/address-guard.js';

/** A `fetch` that connects only where the guard allows; it follows no redirect. */
export interface GuardedFetch extends Disposable {
  readonly fetch: typeof fetch;
}

/** Answers without a body. */
const bodiless: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

/** Creates it. The platform's own cannot be told which addresses a name may stand for at the moment of connecting. */
export function createGuardedFetch(guard: AddressGuard): GuardedFetch {
  const agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: 4, lookup: guard.lookup }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: 4, lookup: guard.lookup }),
  };
  const guarded: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (guard.refusalOf(url) !== undefined) throw new TypeError('The address is not allowed.');
    const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
    const [protocol, module] = url.protocol === 'https:' ? (['https:', https] as const) : (['http:', http] as const);
    return await new Promise((resolve, reject) => {
      const sent = module.request(
        url,
        {
          method: request.method,
          agent: agents[protocol],
          signal: request.signal,
          headers: Object.fromEntries(request.headers),
        },
        (response) => resolve(responseOf(response)),
      );
      sent.on('error', (cause) => reject(new TypeError('The address does not answer.', { cause })));
      sent.end(body);
    });
  };
  return {
    fetch: guarded,
    [Symbol.dispose]: () => {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

function responseOf(response: http.IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers)) {
    for (const one of [value ?? []].flat()) headers.append(name, one);
  }
  const status = response.statusCode ?? 0;
  if (bodiless.has(status)) {
    response.resume();
    return new Response(null, { status, headers });
  }
  return new Response(Readable.toWeb(response) as ReadableStream<Uint8Array>, { status, headers });
}
