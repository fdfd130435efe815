/** A mail's subject and its two bodies, which say the same. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** One sentence or more, each followed by the link it speaks of. */
export interface Paragraph {
  readonly says: string;
  readonly link?: string;
}

/** What a mail says, before it is text. The steps are numbered. */
export interface Letter {
  readonly subject: string;
  readonly opening: readonly Paragraph[];
  readonly steps: readonly Paragraph[];
  readonly closing: readonly Paragraph[];
}

/** Writes a letter as a mail. Whatever comes from outside has to be {@link oneLine} already. */
export function writeLetter(letter: Letter): MailText {
  return { subject: letter.subject, text: textOf(letter), html: htmlOf(letter) };
}

/** A name as one line, without what breaks a header or turns the reading direction around. */
export function oneLine(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

function textOf({ opening, steps, closing }: Letter): string {
  const plain = ({ says, link }: Paragraph): string => (link === undefined ? says : `${says}\n${link}`);
  return [
    'Hello,',
    ...opening.map(plain),
    ...steps.map((step, index) => `${index + 1}. ${plain(step)}`),
    ...closing.map(plain),
    '',
  ].join('\n\n');
}

function htmlOf({ subject, opening, steps, closing }: Letter): string {
  // The address stands as text too: whoever reads the mail sees where a link leads.
  const inline = ({ says, link }: Paragraph): string =>
    link === undefined
      ? escapeHtml(says)
      : `${escapeHtml(says)}<br><a href="${escapeHtml(link)}">${escapeHtml(link)}</a>`;
  const paragraph = (each: Paragraph): string => `<p>${inline(each)}</p>`;
  const list = steps.length === 0 ? [] : ['<ol>', ...steps.map((step) => `<li>${inline(step)}</li>`), '</ol>'];
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>`,
    '<body>',
    '<p>Hello,</p>',
    ...opening.map(paragraph),
    ...list,
    ...closing.map(paragraph),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => escapes[character] ?? character);
}
