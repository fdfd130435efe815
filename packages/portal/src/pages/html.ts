/** Text that is HTML already; only {@link html} makes it, so that nothing reaches a page unescaped. */
export interface Html {
  readonly isHtml: true;
  readonly text: string;
}

/** What can stand between the pieces of a template. */
export type HtmlPart = Html | string | number | null | undefined | readonly HtmlPart[];

/** Writes HTML: the pieces of the template as they are, everything between them escaped; nothing for `null`. */
export function html(pieces: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  let text = pieces[0] ?? '';
  for (const [index, part] of parts.entries()) text += textOf(part) + (pieces[index + 1] ?? '');
  return { isHtml: true, text };
}

function textOf(part: HtmlPart): string {
  if (part === null || part === undefined) return '';
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  if ('isHtml' in part) return part.text;
  return part.map(textOf).join('');
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
