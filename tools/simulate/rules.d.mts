import type { Patch } from './bundle.mjs';

export const rules: readonly { readonly name: string; readonly says: string; readonly patches: readonly Patch[] }[];
