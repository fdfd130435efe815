import { describe, expect, it } from 'vitest';
import { readReturnUrl } from './return-url.js';

const list = ['https://desk.example', 'http://localhost:5173', 'com.example.app:'];

describe('where a browser is sent after signing in', () => {
  it.each([
    'https://desk.example/signed-in?from=1',
    'https://desk.example',
    'HTTPS://DESK.EXAMPLE:443/x',
    'http://localhost:5173/callback',
    'com.example.app://signed-in',
    'com.example.app:/signed-in',
  ])('a listed origin or private scheme: %s', (url) => {
    expect(readReturnUrl(url, list)?.href).toBe(new URL(url).href);
  });

  it.each([
    'https://desk.example.evil.example/',
    'https://desk.example@evil.example/',
    'https://user:word@desk.example/',
    'https://evil.example/?https://desk.example',
    'https://desk.example:8443/',
    'http://desk.example/',
    'https:\\\\evil.example\\@desk.example/',
    '//desk.example/',
    '/relative',
    'javascript:alert(1)',
    'data:text/html,hi',
    'com.example.other://signed-in',
    'https://desk.example/#code',
    '',
  ])('and nowhere else: %s', (url) => {
    expect(readReturnUrl(url, list)).toBeUndefined();
  });
});
