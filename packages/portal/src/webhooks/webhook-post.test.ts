import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startWebhookReceiver, type WebhookReceiver } from '../harness/webhook-receiver.test-rig.js';
import { createAddressGuard } from './address-guard.js';
import { createWebhookPost, type WebhookPost } from './webhook-post.js';

let receiver: WebhookReceiver;
let post: WebhookPost;
beforeEach(async () => {
  receiver = await startWebhookReceiver();
  post = createWebhookPost({ guard: createAddressGuard([{ address: '127.0.0.0', prefix: 8 }]), answerWithinMs: 500 });
});
afterEach(async () => {
  post[Symbol.dispose]();
  await receiver[Symbol.asyncDispose]();
});

async function send(options: { readonly url?: string; readonly signal?: AbortSignal; readonly by?: WebhookPost } = {}) {
  const { url = receiver.url, signal = new AbortController().signal, by = post } = options;
  return await by.send({ url, body: '{"grüße":1}', headers: { 'webhook-id': 'evt_1' }, signal });
}

describe('posting a webhook', () => {
  it('sends the body as it is and tells the status', async () => {
    receiver.answer = (_, response) => void response.writeHead(202, { 'retry-after': '7' }).end('thank you');
    expect(await send()).toEqual({ kind: 'answered', status: 202, retryAfter: '7' });
    const [message] = receiver.received;
    expect(message?.body).toBe('{"grüße":1}');
    expect(message?.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': 'evt_1' });
    expect(message?.headers).not.toHaveProperty('authorization');
  });

  it('waits for an answer only so long', async () => {
    receiver.answer = () => undefined;
    expect(await send()).toEqual({ kind: 'unanswered', fault: 'timeout' });
  });

  it('does not read what is endless', async () => {
    let cut = false;
    receiver.answer = (_, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384)));
      };
      response.on('drain', more);
      response.on('close', () => {
        cut = true;
      });
      more();
    };
    expect(await send()).toMatchObject({ status: 200 });
    await expect.poll(() => cut).toBe(true);
  });

  it('is given up when the portal stops', async () => {
    const stopping = new AbortController();
    receiver.answer = () => stopping.abort();
    expect(await send({ signal: stopping.signal })).toEqual({ kind: 'unanswered', fault: 'stopped' });
  });

  it('nobody there is a fault with a code', async () => {
    await receiver[Symbol.asyncDispose]();
    expect(await send()).toEqual({ kind: 'unanswered', fault: 'econnrefused' });
    receiver = await startWebhookReceiver();
  });

  it('connects to no address that is not allowed, by whatever name', async () => {
    const closed = createWebhookPost({ guard: createAddressGuard([]) });
    const { port } = new URL(receiver.url);
    expect(await send({ by: closed, url: `https://127.0.0.1:${port}/` })).toEqual({
      kind: 'unanswered',
      fault: 'address-not-allowed',
    });
    expect(await send({ by: closed, url: `https://localhost:${port}/` })).toEqual({
      kind: 'unanswered',
      fault: 'address-not-allowed',
    });
    expect(await send({ by: closed })).toEqual({ kind: 'unanswered', fault: 'scheme-not-allowed' });
    closed[Symbol.dispose]();
    expect(receiver.received).toEqual([]);
  });
});
