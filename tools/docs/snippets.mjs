// Code in the docs is cut from programs that type-check: a fence that follows `<!-- from FILE#REGION -->` must equal
// the lines of FILE between `// #region REGION` and `// #endregion`. `--write` puts them there; without it, a
// difference fails.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const marker = /(<!-- from ([^#\s]+)#([\w-]+) -->\n)```(\w+)\n([\s\S]*?)```/g;

function markdownFiles(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'api' || entry.name === 'node_modules' ? [] : markdownFiles(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

function region(file, name) {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const start = lines.findIndex((line) => line.trim() === `// #region ${name}`);
  const end = lines.findIndex((line, index) => index > start && line.trim() === '// #endregion');
  if (start === -1 || end === -1) throw new Error(`${file} has no region ${name}`);
  const body = lines.slice(start + 1, end);
  while (body.at(-1)?.trim() === '') body.pop();
  const indent = Math.min(...body.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)));
  return body.map((line) => `${line.slice(indent)}\n`).join('');
}

let differing = 0;
let count = 0;
for (const file of ['README.md', ...markdownFiles('docs')]) {
  const text = readFileSync(join(root, file), 'utf8');
  const updated = text.replace(marker, (_all, comment, source, name, language) => {
    count += 1;
    return `${comment}\`\`\`${language}\n${region(source, name)}\`\`\``;
  });
  if (updated === text) continue;
  differing += 1;
  if (process.argv.includes('--write')) writeFileSync(join(root, file), updated);
  else console.error(`${file}: its code is not what the program says; run node tools/docs/snippets.mjs --write`);
}
if (differing > 0 && !process.argv.includes('--write')) process.exit(1);
console.log(`${count} code blocks in the docs equal the programs they are cut from`);
