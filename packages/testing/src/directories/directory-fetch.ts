import type { DirectoryRequest, SentAnswer } from './directory-http.js';

/** A `fetch` that reaches the given origins in this process and nothing else. */
export function directoryFetch(
  answer: (request: DirectoryRequest) => Promise<SentAnswer>,
  origins: readonly string[],
): typeof fetch {
  return async (input, init) => {
    const asked = new Request(input, init);
    const url = new URL(asked.url);
    if (!origins.includes(url.origin)) throw new TypeError('fetch failed');
    asked.signal.throwIfAborted();
    const aborted = new Promise<never>((_resolve, reject) => {
      asked.signal.addEventListener('abort', () => reject(asked.signal.reason), { once: true });
    });
    const headers = Object.fromEntries(asked.headers);
    const request = { method: asked.method, url, headers, body: await asked.text() };
    const { status, headers: sent, body, cutAt, hungUp } = await Promise.race([answer(request), aborted]);
    if (hungUp) throw new TypeError('fetch failed');
    if (cutAt === null) return new Response(body === '' ? null : body, { status, headers: sent });
    const begun = Buffer.from(body).subarray(0, cutAt);
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        if (begun.length > 0) controller.enqueue(begun);
      },
      pull(controller) {
        controller.error(new TypeError('terminated'));
      },
    });
    return new Response(stream, { status, headers: sent });
  };
}
