import * as z from 'zod/mini';

/** As long as a request over a P-256 key ever is, and a certificate: text in PEM. */
const pemText = z.string().check(z.minLength(1), z.maxLength(4096));

/** Body of `enrollGateway`: the code that the property was shown, and a certificate request (PKCS #10, PEM) over a P-256 key. */
export const gatewayEnrollmentInput = z.strictObject({
  code: z.string().check(z.minLength(1), z.maxLength(64)),
  request: pemText,
});

/**
 * Body of `renewGatewayCertificate`: the certificate that the gateway has, a request over a new key, and that request's
 * signature (ECDSA with SHA-256, DER, as base64) by the key of the certificate.
 */
export const gatewayRenewalInput = z.strictObject({
  certificate: pemText,
  request: pemText,
  proof: z.string().check(z.regex(/^[0-9A-Za-z+/]{1,128}={0,2}$/)),
});
