/** What the doctor looks at, in the order in which it tells. */
export type CheckName =
  | 'configuration'
  | 'account'
  | 'data-folder'
  | 'disk'
  | 'journal'
  | 'health'
  | 'certificate'
  | 'broker'
  | 'clock'
  | 'bluetooth-library'
  | 'bluetooth-adapter'
  | 'bluetooth-switch'
  | 'bluetooth-rights'
  | 'bluetoothd';

/** `failure` when the gateway cannot do its work so, `warning` when it can for now or when nobody can tell. */
export type Verdict = 'ok' | 'warning' | 'failure';

/** One thing that the doctor says about this machine; it never holds a secret. */
export interface Finding {
  readonly check: CheckName;
  readonly verdict: Verdict;
  /** One or two plain sentences. */
  readonly sentence: string;
  /** The command that mends it; null where nothing is wrong or where no command can. */
  readonly remedy: string | null;
}

/** Makes the findings of one check, so that a decision reads as what it says. */
export function findingsOf(check: CheckName) {
  return {
    ok: (sentence: string): Finding => ({ check, verdict: 'ok', sentence, remedy: null }),
    warning: (sentence: string, remedy: string | null): Finding => ({ check, verdict: 'warning', sentence, remedy }),
    failure: (sentence: string, remedy: string | null): Finding => ({ check, verdict: 'failure', sentence, remedy }),
  };
}
