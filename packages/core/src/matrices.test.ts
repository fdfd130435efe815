import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { grantCeiling } from './grant-ceiling.js';
import { hospitalityMatrix } from './hospitality-matrix.js';
import { matrixNotes } from './matrix-notes.js';
import { printGrantCeiling, printMatrix } from './matrix-print.js';
import type { Membership } from './membership.js';
import type { Action, PermissionDecision } from './permission-decision.js';
import { createPermissionModel, decidePermission } from './permission-model.js';
import { hospitalityStandings } from './role.js';
import { memberIn, organization, property } from './sample-hotel.js';
import { workplaceMatrix } from './workplace-matrix.js';

const source = readFileSync(new URL('./matrices.source.txt', import.meta.url), 'utf8');

/** The rows of the markdown table that follows a heading, header first, separators dropped, cells trimmed. */
function tableAfter(text: string, start: string): string[][] {
  const from = text.indexOf(start);
  expect(from, `"${start}" is in the source`).toBeGreaterThanOrEqual(0);
  const lines = text.slice(from + start.length).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const table = lines.slice(first);
  return table
    .slice(
      0,
      table.findIndex((line) => !line.startsWith('|')),
    )
    .filter((line) => !/^\|[-|]+\|$/.test(line))
    .map((line) => line.slice(1, -1).split('|'))
    .map((cells) => cells.map((cell) => cell.trim()));
}

const printed = (table: string) => tableAfter(`${table}\n`, '');

/** The source writes a stray comma after some requirement numbers; the number is what counts. */
const withoutStrayComma = (row: string[]) => row.map((cell) => cell.replace(/,$/, ''));

const hospitalitySource = tableAfter(source, '### 5.1 Hospitality').map(withoutStrayComma);
const ceilingSource = tableAfter(source, 'Grant ceiling');
const workplaceSource = tableAfter(source, '### 5.2 Workplace').map(withoutStrayComma);

describe('the matrices equal the requirements', () => {
  it('§5.1: every cell of the hospitality matrix, no row or column missing', () => {
    expect(hospitalitySource).toHaveLength(44);
    const ours = printed(printMatrix('hospitality')).map((row) => row.slice(0, -1));
    expect(ours).toEqual(hospitalitySource);
  });

  it('§5.2: every cell of the workplace matrix, no row or column missing', () => {
    expect(workplaceSource).toHaveLength(20);
    const ours = printed(printMatrix('workplace')).map((row) => row.slice(0, -1));
    expect(ours).toEqual(workplaceSource);
  });

  it('§5.1: every cell of the grant ceiling, whose last row stands for three roles', () => {
    const expanded = ceilingSource.flatMap(([actor = '', ...cells]) =>
      actor.split(', ').map((name) => [name.replace(/ \(.*\)$/, ''), ...cells]),
    );
    expect(expanded).toHaveLength(7);
    expect(printed(printGrantCeiling())).toEqual(expanded);
    expect(Object.keys(grantCeiling)).toEqual(hospitalityStandings);
  });

  it('§5: every note, word for word', () => {
    const letters = /^Ambiguities: (.*)$/m.exec(source)?.[1] ?? '';
    const notes = [
      ...[...source.matchAll(/^- ★(\d+) (.*)$/gm)].map(([, number, text]) => [number, text]),
      ...letters
        .split('★')
        .slice(1)
        .map((note) => [note.slice(0, 1), note.slice(2).trim()]),
    ];
    expect(notes).toHaveLength(21);
    expect(matrixNotes).toEqual(Object.fromEntries(notes));
  });
});

/** Reads what a cell of the source permits, from its own words and not from ours. */
function readSourceCell(text: string): { allow: boolean; scope: string; conditions: string[] } {
  const words = text.replace(/★\w+/, '').trim();
  const conditions = [
    /ⁿ|incl\. Owners/.test(words) && 'within-ceiling',
    /never the last|unless last/.test(words) && 'unless-last',
    /audited/.test(words) && 'audited',
    /SSO: Pro/.test(words) && 'sso-needs-pro',
    /if a key is assigned/.test(words) && 'with-key',
    /★4\b/.test(text) && 'unless-hidden',
    /★6\b/.test(text) && 'audited',
    /★10\b/.test(text) && 'within-door-range',
    /★13\b/.test(text) && 'app-enabled',
    /★14\b/.test(text) && 'remote-unlock-enabled',
  ].filter((condition) => condition !== false);
  const scopes: [RegExp, string][] = [
    [/^(assigned only|members of own properties|on own properties)/, 'assigned'],
    [/^(view|view only|✔ \(a tab\))$/, 'view-only'],
    [/^names of own/, 'names-of-own-doors'],
    [/^name of device/, 'names-of-device-doors'],
    [/^(devices only|device events)$/, 'devices'],
    [/^own/, 'own'],
    [/^✔/, 'all'],
  ];
  const scope = scopes.find(([pattern]) => pattern.test(words))?.[1];
  // Nothing but a note, "–" and "✘ (…)" are denials.
  return scope === undefined ? { allow: false, scope: '', conditions: [] } : { allow: true, scope, conditions };
}

function expectCell(decision: PermissionDecision, text: string, where: string): void {
  const expected = readSourceCell(text);
  expect(decision.allow, `${where}: ${text}`).toBe(expected.allow);
  expect(decision.note === '' ? '' : `★${decision.note}`, where).toBe(/★\w+/.exec(text)?.[0] ?? '');
  if (!decision.allow) return;
  expect(decision.scope, where).toBe(expected.scope);
  expect(decision.conditions, where).toEqual(expect.arrayContaining(expected.conditions));
}

describe('decisions equal the cells of the requirements', () => {
  const rows = hospitalitySource.slice(1).filter((row) => row.slice(1).some((cell) => cell !== ''));
  const actions = Object.keys(hospitalityMatrix) as Action[];
  const sourceCells = rows.flatMap(([, ...cells]) => {
    const columns = cells.slice(0, 6);
    if (!columns.some((cell) => cell.includes(' / '))) return [columns];
    // "Connected apps view / edit": the second half of a cell without a stroke is the same.
    return [0, 1].map((half) => columns.map((cell) => cell.split(' / ')[half] ?? cell));
  });

  it('§5.1: one action per row, two where a row says "view / edit"', () => {
    expect(rows).toHaveLength(40);
    expect(actions).toHaveLength(sourceCells.length);
  });

  it.each(hospitalityStandings)('§5.1: %s', (standing) => {
    const model = createPermissionModel({ properties: [property], memberships: [memberIn(standing)] });
    actions.forEach((action, index) => {
      const decision = decidePermission(model, {
        memberId: memberIn(standing).memberId,
        action,
        propertyId: property.propertyId,
      });
      expectCell(decision, sourceCells[index]?.[hospitalityStandings.indexOf(standing)] ?? '', `${standing} ${action}`);
    });
  });

  it.each([
    ['admin', 0],
    ['coordinator', 1],
    ['member', 2],
  ] as const)('§5.2: %s, licensed and not', (role, column) => {
    for (const licensed of [true, false]) {
      const member: Membership = {
        ...memberIn('team'),
        organizationId: organization,
        assignments: [],
        workplace: { role, licensed },
      };
      const model = createPermissionModel({ properties: [], memberships: [member] });
      (Object.keys(workplaceMatrix) as Action[]).forEach((action, index) => {
        const cells = workplaceSource[index + 1] ?? [];
        const decision = decidePermission(model, { memberId: member.memberId, action });
        const unlicensed = cells[4] ?? '';
        if (licensed) {
          expectCell(decision, cells[column + 1] ?? '', `${role} ${action}`);
          return;
        }
        const kept = role === 'admin' && unlicensed.startsWith('Admin ✔');
        expect(decision.allow, `unlicensed ${role} ${action}: ${unlicensed}`).toBe(kept);
        if (!decision.allow && readSourceCell(cells[column + 1] ?? '').allow) {
          expect(decision.because, `S39: ${role} ${action}`).toBe('license-required');
        }
      });
    }
  });
});
