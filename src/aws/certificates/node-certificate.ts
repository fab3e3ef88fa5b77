import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { replaceFile } from '../../tools/whole-file.ts';
import { makeSelfSigned } from './self-signed.ts';
import { zip } from '../../toolchain/zip.ts';

const days = 3650;

/** How EC2 names hosts in a private network: https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html */
export function privateHosts(region: string): string {
  return region === 'us-east-1' ? '*.ec2.internal' : `*.${region}.compute.internal`;
}

/**
 * The zip by which EMR's nodes speak TLS to each other: `privateKey.pem`, `certificateChain.pem`, `trustedCertificates.pem`
 * (https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-encryption-enable.html). It is made when there is none; mode 600.
 * @param path where it is kept
 * @returns for the deployment's `certificates`
 */
export function provideNodeCertificate(path: string, region: string): { path: string; sha256: string } {
  if (!existsSync(path)) {
    const { privateKey, certificate } = makeSelfSigned(privateHosts(region), days);
    replaceFile(
      path,
      zip({
        'privateKey.pem': privateKey,
        'certificateChain.pem': certificate,
        'trustedCertificates.pem': certificate,
      }),
    );
  }
  return { path, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') };
}
