import { tokenHash } from '../access/bearer-token.js';
import { type AccountSetups, setupTokenInvalid } from '../sign-in/account-setup.js';
import type { Projection } from '../store/projection.js';
import type { Handlers } from './call.js';
import { invalidField } from './problem-answer.js';
import { memberOf } from './wire.js';

type AccountSetupOperation = 'previewAccountSetup' | 'completeAccountSetup';

/** Creates the handlers of account set-up. One that opens something, or has expired, is never slowed down; made-up ones are. */
export function createAccountSetupHandlers(parts: {
  readonly projection: Projection;
  readonly setups: AccountSetups;
}): Pick<Handlers, AccountSetupOperation> {
  const { projection, setups } = parts;
  return {
    previewAccountSetup: async ({ request: { body }, now, address }) => {
      const setup = setups.find(body.token, { address, at: now });
      if ('problem' in setup) return setup;
      return { status: 200, body: setups.show(setup) };
    },

    completeAccountSetup: async ({ request: { body }, now, address, write }) => {
      const { token, name, password } = body;
      const setup = setups.find(token, { address, at: now });
      if ('problem' in setup) return setup;
      if (name === undefined && setup.member.name === null) {
        return invalidField('/name', 'The invitation names nobody: say what you are called.');
      }
      const proof = await setups.prepare(setup, { name, password, address }, now);
      if ('problem' in proof) return proof;
      return await write((draft) => {
        const done = setups.completeByPassword(draft, { linkHash: tokenHash(token), name, address, proof });
        if ('refused' in done) return setupTokenInvalid;
        if ('problem' in done) return done;
        return { status: 200, body: { member: memberOf(projection, done.view.row, () => true) } };
      });
    },
  };
}
