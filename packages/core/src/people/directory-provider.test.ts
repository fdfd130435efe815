import { expect, it } from 'vitest';
import { directoryProviders } from './directory-provider.js';

it('S1: there are exactly two directory providers', () => {
  expect(directoryProviders).toEqual(['microsoft_365', 'google_workspace']);
});
