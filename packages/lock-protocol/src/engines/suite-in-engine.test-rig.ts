import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';
import { describe as describeOf, startTests, type Task, type VitestRunner } from '@vitest/runner';

export { afterAll, afterEach, beforeAll, beforeEach, it, test } from '@vitest/runner';

/** What became of the tests of one file in an engine. */
export interface FileReport {
  readonly passed: readonly string[];
  readonly failed: readonly { readonly name: string; readonly message: string }[];
}

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

/** Stands for vitest's own. Snapshots are not in it: they belong to the runner that can write them anew. */
export const expect = Object.assign(
  (value: unknown, message?: string) => chai.expect(value, message),
  chai.expect,
  Reflect.get(globalThis, ASYMMETRIC_MATCHERS_OBJECT),
);
setState({ ...getState(Object(expect)), assertionCalls: 0 }, Object(expect));

/** Stands for vitest's own. Both providers are the portable one here, so a suite over both runs once. */
export const describe = Object.assign(describeOf.bind(undefined), describeOf, {
  each: (rows: readonly unknown[]) => Reflect.apply(describeOf.each, describeOf, [withoutTwins(rows)]),
});

function withoutTwins(rows: readonly unknown[]): readonly unknown[] {
  const isProvider = (row: unknown) => typeof row === 'object' && row !== null && 'ed25519Sign' in row;
  return rows.filter((row, index) => !isProvider(row) || rows.findIndex(isProvider) === index);
}

const config: VitestRunner['config'] = {
  root: '/',
  setupFiles: [],
  name: undefined,
  passWithNoTests: false,
  testNamePattern: undefined,
  allowOnly: false,
  sequence: { seed: 1, hooks: 'stack', setupFiles: 'list' },
  chaiConfig: undefined,
  maxConcurrency: 1,
  testTimeout: 120_000,
  hookTimeout: 120_000,
  retry: 0,
  includeTaskLocation: false,
  tags: [],
  tagsFilter: undefined,
  strictTags: false,
};

/** Runs the tests of one file, which `load` brings in, and tells what became of each. */
export async function runFile(name: string, load: () => Promise<unknown>): Promise<FileReport> {
  const importFile: VitestRunner['importFile'] = async (_path, source) => {
    if (source === 'collect') await load();
  };
  const [file] = await startTests([`/${name}`], { config, importFile });
  const all = file ? resultsOf(file, []) : [];
  return {
    passed: all.filter(({ message }) => message === undefined).map((each) => each.name),
    failed: all.flatMap((each) => (each.message === undefined ? [] : [{ name: each.name, message: each.message }])),
  };
}

function resultsOf(task: Task, path: readonly string[]): readonly { name: string; message?: string }[] {
  const name = [...path, task.name].join(' > ');
  const message = (task.result?.errors ?? []).map(({ message, stack }) => `${message}\n${stack}`).join('\n');
  const inside = 'tasks' in task ? task.tasks : [];
  const below = 'filepath' in task ? [] : [...path, task.name];
  const own =
    message !== '' || (task.type === 'test' && task.result?.state !== 'pass')
      ? [{ name, message: message || 'did not run' }]
      : task.type === 'test'
        ? [{ name }]
        : [];
  return [...own, ...inside.flatMap((each) => resultsOf(each, below))];
}
