import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPlainBrowser } from './plain-browser.js';

let origin: string;
const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? '', 'http://x');
  let body = '';
  for await (const chunk of request) body += chunk;
  if (pathname === '/start') {
    response.writeHead(303, {
      location: '/rooms/desk',
      'set-cookie': [
        'all=1; Path=/',
        'rooms=2; Path=/rooms; HttpOnly',
        'old=3; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      ],
    });
    return response.end();
  }
  if (pathname === '/done') return response.writeHead(303, { location: 'com.example.app:/back?code=1' }).end();
  const seen = JSON.stringify({ cookie: request.headers.cookie ?? '', origin: request.headers.origin ?? '', body });
  response.writeHead(200, { 'content-type': 'text/html' }).end(`<p>${seen}</p>
<form method="post" action="/echo"><input name="email" value="a&#38;b"><input type="radio" name="room" value="1">
<input type="radio" name="room" value="2" checked></form><form action="/search"><input name="q"></form>`);
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterAll(() => void server.close());

const seen = (text: string) => JSON.parse(/<p>(.*)<\/p>/.exec(text)?.[1] ?? '') as Record<string, string>;

it('keeps cookies by path, follows redirects, and forgets what is over', async () => {
  const browser = createPlainBrowser();
  const page = await browser.open(`${origin}/start`);
  expect(page).toMatchObject({ url: `${origin}/rooms/desk`, status: 200 });
  expect(seen(page.text)['cookie']).toBe('rooms=2; all=1');
  expect(browser.cookies(`${origin}/roomsearch`)).toEqual({ all: '1' });
  expect(seen((await createPlainBrowser().open(`${origin}/rooms/desk`)).text)['cookie']).toBe('');
});

it('sends forms with what they hold and what is typed in', async () => {
  const browser = createPlainBrowser();
  const [form, search] = (await browser.open(`${origin}/page`)).forms;
  expect(form).toMatchObject({ method: 'POST', fields: { email: 'a&b', room: '2' }, choices: { room: ['1', '2'] } });
  if (form === undefined || search === undefined) throw new Error('no forms');
  const page = await browser.submit(form, { room: '1' });
  expect(seen(page.text)).toMatchObject({ body: 'email=a%26b&room=1', origin });
  expect((await browser.submit(search, { q: 'door' })).url).toBe(`${origin}/search?q=door`);
});

it('stops where an app takes over', async () => {
  const page = await createPlainBrowser().open(`${origin}/done`);
  expect(page).toMatchObject({ url: 'com.example.app:/back?code=1', status: 0 });
  const stopped = await createPlainBrowser({ stopsAt: (url) => url.endsWith('/desk') }).open(`${origin}/start`);
  expect(stopped).toMatchObject({ url: `${origin}/rooms/desk`, status: 0, text: '' });
});
