import type { SignInMethod } from '../people/people-state.js';
import type { SignInRefusal } from '../people/sign-in-decision.js';
import { explain } from './explain.js';
import { channelNames, managers, stateSentences } from './role-phrases.js';

const methodNames: Readonly<Record<SignInMethod, string>> = {
  email_password: 'e-mail address and password',
  sso_google: 'Google',
  sso_microsoft_365: 'Microsoft 365',
};

/** Says in one or two plain sentences why somebody may not sign in, and what or who could mend it (G54). */
export function explainSignIn(refusal: SignInRefusal): string {
  switch (refusal.because) {
    case 'not-active':
      return `${capitalized(stateSentences[refusal.state]('this member'))}.`;
    case 'method-differs':
      return `This member signs in with ${methodNames[refusal.method]}; an Admin can switch the method.`;
    case 'plan-required':
      return explain(refusal);
    case 'license-required':
      return 'This takes an active license; an Admin can assign one or renew the subscription.';
    case 'channel-not-allowed': {
      const { denied, channels } = refusal;
      const reason = denied === null ? 'There is nothing for this member here' : explain(denied).slice(0, -1);
      if (channels.length === 0) return `${reason}; ${managers} can give them a role.`;
      return `${reason}. Sign in with ${channels.map((channel) => channelNames[channel]).join(' or ')}.`;
    }
  }
}

function capitalized(sentence: string): string {
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
}
