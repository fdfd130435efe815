import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Html } from './html.js';

/** The files of this folder that go into pages as they are. */
export type PageAsset = 'page.css' | 'setup.js' | 'password-reset.js';

/** Beside `main.js` in the bundled program, and beside this module in the sources. */
const folders = ['./pages/', './'].map((folder) => new URL(folder, import.meta.url));
const known = new Map<PageAsset, Html>();

/** A style or script, to stand within its element. */
export function assetHtml(name: PageAsset): Html {
  const read = known.get(name) ?? { isHtml: true, text: readAsset(name) };
  known.set(name, read);
  return read;
}

function readAsset(name: PageAsset): string {
  const path = folders.map((folder) => fileURLToPath(new URL(name, folder))).find((each) => existsSync(each));
  if (path === undefined) throw new Error(`The page asset ${name} is missing.`);
  const text = readFileSync(path, 'utf8');
  if (/<\/(style|script)/i.test(text)) throw new Error(`The page asset ${name} would end its own element.`);
  return text;
}
