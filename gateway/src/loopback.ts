/** Whether a host, as a URL writes it or bare, is this machine itself, so that nobody between can read along. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|::1|\[::1\])$/.test(host);
}
