// Runs on /setup. The link's token stands in the fragment, which browsers keep to themselves: opening the link, or a
// scanner of mails opening it, uses nothing up.
(() => {
  const byId = (id) => document.getElementById(id);
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  const states = ['loading', 'form', 'done', 'failed'];
  const providers = { sso_google: 'Google', sso_microsoft_365: 'Microsoft 365' };
  let setup;

  const show = (state, title) => {
    for (const each of states) byId(each).hidden = each !== state;
    if (title !== undefined) {
      byId('title').textContent = title;
      // Screen readers hear of the change.
      byId('title').focus();
    }
  };

  const post = async (path, body) => {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { ok: response.ok, reply: await response.json() };
  };

  const fail = (problem) => {
    const isGone = ['setup-token-invalid', 'invitation-expired', 'invitation-not-open'].includes(problem.code);
    byId('failed-gone').hidden = !isGone;
    byId('failed-other').hidden = isGone;
    byId('failed-detail').textContent = problem.detail ?? '';
    show('failed', isGone ? 'This link does not work any more' : 'This did not work');
  };

  const complain = (field, text) => {
    for (const each of ['name', 'password']) byId(each).removeAttribute('aria-invalid');
    byId('error').textContent = text;
    byId('error').hidden = text === '';
    if (text !== '' && field !== undefined) {
      byId(field).setAttribute('aria-invalid', 'true');
      byId(field).focus();
    }
  };

  const done = () => {
    history.replaceState(null, '', location.pathname);
    byId('done-team').hidden = setup.workplace;
    byId('done-workplace').hidden = !setup.workplace;
    byId('done-email').textContent = setup.email;
    byId('done-organization').textContent = setup.organizationName;
    show('done', setup.purpose === 'set_password' ? 'Your password is set' : 'Your account is set up');
  };

  const faults = {
    'password-too-common': ({ because }) =>
      because === 'personal'
        ? 'This password is too close to your name, address or organization. Choose another one.'
        : 'This password is one of the first that anybody would guess. Choose another one.',
    'sign-in-failed': () => 'This is not the password of your account. Try again.',
    'rate-limited': () => 'That was too often. Wait a minute and try again.',
    conflict: () => 'Your account changed in the meantime. Open the link in your mail again.',
  };

  const submit = async () => {
    const name = byId('name').value.trim();
    const password = byId('password').value;
    const isSso = setup.password === 'none';
    if (!byId('name-field').hidden && name === '') return complain('name', 'Say what you are called.');
    if (!isSso && setup.password === 'new' && [...password].length < 8) {
      return complain('password', 'A password has at least 8 characters.');
    }
    if (!isSso && password === '') return complain('password', 'Type the password of your account.');
    complain(undefined, '');
    const named = name === '' ? {} : { name };
    const { ok, reply } = isSso
      ? await post('sso/setup', { token, ...named })
      : await post('v1/account-setups', { token, ...named, password });
    if (ok && isSso) return location.assign(reply.url);
    if (ok) return done();
    const say = faults[reply.code];
    return say === undefined ? fail(reply) : complain(isSso ? undefined : 'password', say(reply));
  };

  const fill = () => {
    const { purpose, password, signInMethod } = setup;
    const isInvitation = purpose === 'accept_invitation';
    byId('invited').hidden = !isInvitation;
    byId('returning').hidden = isInvitation;
    for (const place of document.querySelectorAll('[data-organization]')) place.textContent = setup.organizationName;
    for (const offer of setup.offers) {
      const item = document.createElement('li');
      item.textContent = offer;
      byId('properties').append(item);
    }
    byId('places').hidden = setup.offers.length === 0;
    byId('email').value = setup.email;
    byId('name-field').hidden = !isInvitation || setup.name !== null;
    byId('password-field').hidden = password === 'none';
    byId('password-new').hidden = password !== 'new';
    byId('password-existing').hidden = password !== 'existing';
    byId('password').autocomplete = password === 'new' ? 'new-password' : 'current-password';
    byId('provider-hint').hidden = password !== 'none';
    for (const place of document.querySelectorAll('[data-provider]')) place.textContent = providers[signInMethod] ?? '';
    const action = purpose === 'set_password' ? 'Set password' : 'Set up account';
    byId('submit').textContent = password === 'none' ? `Continue with ${providers[signInMethod]}` : action;
    show('form', isInvitation ? `Set up your account at ${setup.organizationName}` : 'How you sign in');
  };

  const guarded = async (work) => {
    byId('submit').disabled = true;
    try {
      await work();
    } catch {
      complain(undefined, 'The portal does not answer. Check your connection and try again.');
      if (setup === undefined)
        fail({ detail: 'The portal does not answer. Check your connection and open the link again.' });
    } finally {
      byId('submit').disabled = false;
    }
  };

  byId('show-password').addEventListener('change', (event) => {
    byId('password').type = event.target.checked ? 'text' : 'password';
  });
  byId('form').addEventListener('submit', (event) => {
    event.preventDefault();
    void guarded(submit);
  });
  void guarded(async () => {
    if (token === null) return fail({ code: 'setup-token-invalid' });
    const { ok, reply } = await post('v1/account-setups/preview', { token });
    if (!ok) return fail(reply);
    setup = reply;
    fill();
  });
})();
