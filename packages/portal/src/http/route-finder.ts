import type { OperationId, Route } from '@latchwork/contract';

/** What a method and a path lead to: a call with what its path names, the methods the path takes instead, or nothing. */
export type Found<Mounted> =
  | { readonly mounted: Mounted; readonly params: Readonly<Record<string, string>> }
  | { readonly allow: string }
  | undefined;

interface Branch<Mounted> {
  readonly fixed: Map<string, Branch<Mounted>>;
  any: Branch<Mounted> | undefined;
  readonly ends: Map<string, { readonly mounted: Mounted; readonly names: readonly string[] }>;
  allow: string;
}

/**
 * Finds routes by their paths, a segment after the other; a segment that a path names literally goes before a parameter.
 * A reader (`HEAD`) is served by what serves `GET`.
 */
export function createRouteFinder<Mounted extends { readonly operation: OperationId; readonly route: Route }>(
  all: readonly Mounted[],
): (method: string, path: string) => Found<Mounted> {
  const root = newBranch<Mounted>();
  for (const mounted of all) {
    const { path, method } = mounted.route;
    const names: string[] = [];
    let branch = root;
    for (const segment of path.slice(1).split('/')) {
      if (segment.startsWith(':')) {
        names.push(segment.slice(1));
        branch.any ??= newBranch();
        branch = branch.any;
      } else {
        const next = branch.fixed.get(segment) ?? newBranch<Mounted>();
        branch.fixed.set(segment, next);
        branch = next;
      }
    }
    branch.ends.set(method, { mounted, names });
    branch.allow = [...branch.ends.keys()].join(', ');
  }

  return (method, path) => {
    const values: string[] = [];
    let branch: Branch<Mounted> | undefined = root;
    let from = 1;
    while (branch !== undefined && from <= path.length) {
      const slash = path.indexOf('/', from);
      const to = slash < 0 ? path.length : slash;
      const segment = path.slice(from, to);
      const next: Branch<Mounted> | undefined = branch.fixed.get(segment);
      if (next === undefined && segment !== '') values.push(segment);
      branch = next ?? (segment === '' ? undefined : branch.any);
      from = to + 1;
    }
    if (branch === undefined || branch.ends.size === 0) return undefined;
    const end = branch.ends.get(method === 'HEAD' ? 'GET' : method);
    if (end === undefined) return { allow: branch.allow };
    const params: Record<string, string> = {};
    for (const [index, name] of end.names.entries()) params[name] = decoded(values[index] ?? '');
    return { mounted: end.mounted, params };
  };
}

function newBranch<Mounted>(): Branch<Mounted> {
  return { fixed: new Map(), any: undefined, ends: new Map(), allow: '' };
}

/** A segment without its percent signs; one that means nothing stays as it came, and fits no id. */
function decoded(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
