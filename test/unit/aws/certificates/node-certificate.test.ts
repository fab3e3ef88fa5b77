import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readZipEntry } from '../../../../src/toolchain/zip.ts';
import { privateHosts, provideNodeCertificate } from '../../../../src/aws/certificates/node-certificate.ts';
import { temporaryFolder } from '../../../support/folders.ts';

describe('provideNodeCertificate', () => {
  const folder = temporaryFolder();

  it('makes a certificate that its key signed, for every private host of the region', () => {
    const { path } = provideNodeCertificate(join(folder.path, 'keys/nodes.zip'), 'us-east-1');
    const entry = (name: string) => readZipEntry(path, (one) => one === name).toString();
    const certificate = new X509Certificate(entry('certificateChain.pem'));
    const key = createPrivateKey(entry('privateKey.pem'));
    assert.ok(certificate.checkPrivateKey(key));
    assert.ok(certificate.verify(certificate.publicKey));
    assert.equal(certificate.checkHost('ip-10-64-16-5.ec2.internal'), '*.ec2.internal');
    assert.equal(certificate.checkHost('ip-10-64-16-5.example.com'), undefined);
    assert.ok(certificate.ca);
    assert.ok(Date.parse(certificate.validTo) > Date.now() + 3649 * 86_400_000);
    assert.equal(entry('trustedCertificates.pem'), entry('certificateChain.pem'));
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('keeps the one that is there', () => {
    const path = join(folder.path, 'nodes.zip');
    assert.deepEqual(provideNodeCertificate(path, 'us-east-1'), provideNodeCertificate(path, 'us-east-1'));
  });

  it('knows the names of other regions', () => {
    assert.equal(privateHosts('eu-west-1'), '*.eu-west-1.compute.internal');
  });
});
