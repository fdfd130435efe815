/** What RFC 7644 (3.12) calls the kinds of a refusal with status 400 or 409. */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue';

/** Why a SCIM request is refused; tells the caller nothing that the caller has not said or may not know. */
export interface ScimErrorInfo {
  readonly status: 400 | 401 | 404 | 405 | 409 | 412 | 413 | 415 | 501;
  readonly scimType?: ScimType;
  /** One sentence for whoever reads the directory's log. */
  readonly detail: string;
}

/** A SCIM request is refused; whatever it had begun is not written. */
export class ScimError extends Error {
  override readonly name = 'ScimError';
  readonly info: ScimErrorInfo;

  constructor(info: ScimErrorInfo) {
    super(info.detail);
    this.info = info;
  }
}

/** A refusal for a body, path or filter that cannot be read. */
export function badRequest(scimType: ScimType, detail: string): ScimError {
  return new ScimError({ status: 400, scimType, detail });
}
