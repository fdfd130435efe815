import { createServer } from 'node:http';

/** Where a browser comes back to with a code. */
export interface ReturnListener extends AsyncDisposable {
  /** The registered redirect address with the port of now; the portal takes any port on the loopback interface. */
  readonly redirectUri: string;
  /** The whole address that the browser came with; rejects when nobody comes within ten minutes. */
  readonly callbackUrl: Promise<string>;
}

const waitMs = 10 * 60_000;

/** Listens on a free port of the loopback interface, for one browser on one path. */
export async function listenForReturn(path: string): Promise<ReturnListener> {
  let comeBack: (url: string) => void = () => undefined;
  let giveUp: NodeJS.Timeout | undefined;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', redirectUri);
    const isReturn = url.pathname === path && url.searchParams.has('state');
    response.writeHead(isReturn ? 200 : 404, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    response.end(isReturn ? 'You can close this window and go back to the app.\n' : '');
    if (isReturn) comeBack(url.href);
  });
  const callbackUrl = new Promise<string>((resolve, reject) => {
    comeBack = resolve;
    giveUp = setTimeout(() => reject(new Error('Nobody came back from signing in.')), waitMs);
  });
  callbackUrl.catch(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const redirectUri = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}${path}`;
  return {
    redirectUri,
    callbackUrl,
    [Symbol.asyncDispose]: async () => {
      clearTimeout(giveUp);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
