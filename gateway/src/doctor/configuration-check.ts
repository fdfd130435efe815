import { type Finding, findingsOf } from './finding.js';
import { editSettings } from './remedy.js';

/** Says what is wrong with the settings, one finding for each fault; the faults never hold a value. */
export function decideConfiguration(faults: readonly string[]): readonly Finding[] {
  const { ok, failure } = findingsOf('configuration');
  return faults.length === 0
    ? [ok('The configuration is complete.')]
    : faults.map((fault) => failure(fault, editSettings));
}
