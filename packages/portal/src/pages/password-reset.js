// Runs on /password-reset.
(() => {
  const byId = (id) => document.getElementById(id);
  const complain = (text) => {
    byId('error').textContent = text;
    byId('error').hidden = text === '';
    if (text === '') return byId('email').removeAttribute('aria-invalid');
    byId('email').setAttribute('aria-invalid', 'true');
    byId('email').focus();
  };
  byId('form').hidden = false;
  byId('form').addEventListener('submit', async (event) => {
    event.preventDefault();
    byId('submit').disabled = true;
    complain('');
    try {
      const response = await fetch('v1/password-resets', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: byId('email').value }),
      });
      if (response.ok) {
        byId('form').hidden = true;
        byId('done').hidden = false;
        byId('title').textContent = 'Look into your mail';
        byId('title').focus();
      } else if (response.status === 429) complain('That was too often. Wait a minute and try again.');
      else complain('This is no e-mail address.');
    } catch {
      complain('The portal does not answer. Check your connection and try again.');
    } finally {
      byId('submit').disabled = false;
    }
  });
})();
