import { randomBytes } from 'node:crypto';

const idBytes = 8;
const idsPerRead = 256;

/** Makes ids of requests, 64 random bits each as 16 hex digits; one question to the system is enough for many. */
export function createRequestIds(): () => string {
  let text = '';
  let at = 0;
  return () => {
    if (at === text.length) {
      text = randomBytes(idBytes * idsPerRead).toString('hex');
      at = 0;
    }
    at += idBytes * 2;
    return text.slice(at - idBytes * 2, at);
  };
}
