import { cp } from 'node:fs/promises';
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/main.ts'],
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  // One bundled program starts in a third of the time that its modules take one by one. PGlite and argon2 stay outside:
  // they load WebAssembly and native code from beside their own modules.
  noExternal: [/^(?!@electric-sql\/pglite|@node-rs\/argon2)/],
  external: [/^@electric-sql\/pglite/, '@node-rs/argon2'],
  esbuildOptions(options) {
    options.conditions = ['source'];
  },
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  sourcemap: true,
  clean: true,
  onSuccess: async () => {
    await cp('src/migrations', 'dist/migrations', { recursive: true });
    await cp('src/access/common-passwords.txt', 'dist/common-passwords.txt');
    for (const asset of ['page.css', 'setup.js', 'password-reset.js'])
      await cp(`src/pages/${asset}`, `dist/pages/${asset}`);
  },
});
