/** The file from which the packaged systemd unit takes the settings. */
const settingsFile = '/etc/latchwork/gateway.env';

/** Opens the settings, and starts the gateway with what they say then. */
export const editSettings = `sudoedit ${settingsFile} && sudo systemctl restart latchwork-gateway`;

/** Writes one setting behind the others, where it counts, and starts the gateway with it. */
export function setSetting(name: string, value: string): string {
  return `echo ${name}=${value} | sudo tee --append ${settingsFile} && sudo systemctl restart latchwork-gateway`;
}

/** Gets the gateway another certificate, and starts it with that; the code is made at the portal. */
export function enrollAnew(portalUrl: string): string {
  const enrolling = `LATCHWORK_DATA_DIR=/var/lib/latchwork-gateway latchwork-gateway enroll ${shellWord(portalUrl)} CODE`;
  return `sudo -u latchwork-gateway ${enrolling} && sudo systemctl restart latchwork-gateway`;
}

/** A path or a name as a shell takes it for one word. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
