/** The file from which the packaged systemd unit takes the settings. */
const settingsFile = '/etc/latchwork/gateway.env';

/** Opens the settings, and starts the gateway with what they say then. */
export const editSettings = `sudoedit ${settingsFile} && sudo systemctl restart latchwork-gateway`;

/** Writes one setting behind the others, where it counts, and starts the gateway with it. */
export function setSetting(name: string, value: string): string {
  return `echo ${name}=${value} | sudo tee --append ${settingsFile} && sudo systemctl restart latchwork-gateway`;
}

/** A path or a name as a shell takes it for one word. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
