import type { Clock } from '../clock.js';
import { openDataDir } from '../data-dir.js';
import { makeCertificateRequest } from './certificate-request.js';
import { type Enrollment, writeEnrollment } from './enrollment-file.js';
import { enrollAt } from './portal-calls.js';

/**
 * Enrolls this gateway with the code that its property was shown: makes a key that never leaves the data folder, and keeps
 * the certificate with everything else that the gateway has to know. An earlier enrollment is replaced.
 *
 * @throws `GatewayError` when the folder is in use or cannot be written, or the portal gives no certificate.
 */
export async function enroll(o: {
  readonly portalUrl: string;
  readonly code: string;
  readonly dataDir: string;
  readonly clock: Pick<Clock, 'now'>;
}): Promise<Enrollment> {
  const { portalUrl, code, clock } = o;
  await using dataDir = await openDataDir(o.dataDir);
  const { privateKey, request } = await makeCertificateRequest();
  const granted = await enrollAt(portalUrl, { code, request });
  const enrollment: Enrollment = { v: 1, portalUrl, ...granted, privateKey, gotAt: clock.now() };
  await writeEnrollment(dataDir.path, enrollment);
  return enrollment;
}
