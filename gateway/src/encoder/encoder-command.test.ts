import { expect, test } from 'vitest';
import { runEncoder } from './encoder-command.js';

function terminal() {
  const complaints: string[] = [];
  return { complaints, say: () => undefined, complain: (sentence: string) => complaints.push(sentence) };
}

test.each([[['--enrol', 'Guest']], [['--enroll']], [['--enroll', ' ']], [['--enroll', 'Guest', 'more']], [['now']]])(
  'is not called with %j',
  async (args) => {
    const said = terminal();
    expect(await runEncoder(args, {}, said)).toBe(2);
    expect(said.complaints.join()).toContain('latchwork-gateway encoder --enroll LABEL');
  },
);

test('says everything that is missing at once, and no value of what is there', async () => {
  const said = terminal();
  expect(await runEncoder([], { LATCHWORK_API_KEY: 'hunter2' }, said)).toBe(2);
  expect(said.complaints).toHaveLength(4);
  expect(said.complaints.join()).not.toContain('hunter2');
});
