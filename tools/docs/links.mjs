// Every relative link of every page leads to a file or folder that is there.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);

let links = 0;
let broken = 0;
for (const page of pages) {
  for (const [, target] of readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    links += 1;
    if (existsSync(join(root, dirname(page), target))) continue;
    broken += 1;
    console.error(`${page}: ${target} is not there`);
  }
}
if (broken > 0) process.exit(1);
console.log(`${links} links in ${pages.length} pages lead somewhere`);
