/** Why the portal could not do what it was started or asked to do; one closed set for the whole room. */
export type PortalErrorInfo =
  | { readonly code: 'config'; readonly faults: readonly string[] }
  | { readonly code: 'broker-unprotected'; readonly host: string }
  | { readonly code: 'data-dir-unusable'; readonly path: string }
  | { readonly code: 'folder-unusable'; readonly path: string /** System code. */; readonly cause: string }
  | { readonly code: 'data-dir-in-use'; readonly path: string; readonly pid: number }
  | { readonly code: 'store-failed'; readonly path: string }
  | { readonly code: 'database-unusable' /** SQLSTATE or system code. */; readonly cause: string }
  | { readonly code: 'store-unavailable' }
  | { readonly code: 'request-repeated' }
  | { readonly code: 'caller-gone' }
  | { readonly code: 'sealed-data-unreadable'; readonly what: string }
  | { readonly code: 'address-unavailable'; readonly host: string; readonly port: number; readonly cause: string };

/** The portal's only error class: thrown for what a caller could not have decided; `message` is one clear sentence. */
export class PortalError extends Error {
  override readonly name = 'PortalError';
  readonly info: PortalErrorInfo;

  constructor(info: PortalErrorInfo, options?: ErrorOptions) {
    super(sentence(info), options);
    this.info = info;
  }
}

function sentence(info: PortalErrorInfo): string {
  switch (info.code) {
    case 'config':
      return `The portal's environment has ${info.faults.length} fault(s): ${info.faults.join('; ')}.`;
    case 'broker-unprotected':
      return `The broker on ${info.host} would speak plain text beyond this machine (broker-unprotected): set LATCHWORK_MQTT_TLS_HOSTS, or LATCHWORK_MQTT_ALLOW_PLAIN=yes where something else protects it.`;
    case 'data-dir-unusable':
      return `The data directory ${info.path} cannot be written.`;
    case 'folder-unusable':
      return `The folder ${info.path} cannot be written (${info.cause}).`;
    case 'data-dir-in-use':
      return `The data directory ${info.path} is in use by the running process ${info.pid}.`;
    case 'store-failed':
      return `The database in ${info.path} could not be opened.`;
    case 'database-unusable':
      return `The database at DATABASE_URL cannot be used (${info.cause}).`;
    case 'store-unavailable':
      return 'The database does not answer.';
    case 'request-repeated':
      return 'Another process did the same request first.';
    case 'caller-gone':
      return 'The caller left in the middle of its request.';
    case 'sealed-data-unreadable':
      return `The sealing key does not open ${info.what}; it is not the key this database was made with.`;
    case 'address-unavailable':
      return `Port ${info.port} on ${info.host} is not available (${info.cause}).`;
  }
}
