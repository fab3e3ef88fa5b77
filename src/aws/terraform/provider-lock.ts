import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '../../tools/whole-file.ts';

/**
 * The provider that the stacks use, with the hashes of its package for each platform that it is made for ("h1", see
 * https://developer.hashicorp.com/terraform/language/files/dependency-lock). Provider elastic/ec is not here: Terraform notes its hash at the
 * first `init` of a folder.
 */
export const lockedProvider = {
  source: 'registry.terraform.io/hashicorp/aws',
  version: '5.100.0',
  hashes: [
    'h1:+X3t1uVrM0z4K/lAYUV1SYmO7UBd9/Y4XC11zI9wcQQ=',
    'h1:95JvzqH8cVlNqTBgqfg5UfMZXT2a8K+vygOQ9afj4mQ=',
    'h1:FAfHhUISfZ2hS9itjVfBi71TltLVAHS2ZnQXlldUva0=',
    'h1:FZ4tAR+rsfmMatrfK9BrB6k+EhvolUNR67pSlc8bacs=',
    'h1:H3mU/7URhP0uCRGK8jeQRKxx2XFzEqLiOq/L2Bbiaxs=',
    'h1:Ijt7pOlB7Tr7maGQIqtsLFbl7pSMIj06TVdkoSBcYOw=',
    'h1:MLOPC8C1bKpbqPgtdkn26PSI/zYJZQc35vTLF4GNkXc=',
    'h1:edXOJWE4ORX8Fm+dpVpICzMZJat4AX0VRCAy/xkcOc0=',
    'h1:hVDEfiQis2sEFhiqQUL2MFc3YGyA3NNnk/vNz2J1nfI=',
    'h1:hd45qFU5cFuJMpFGdUniU9mVIr5LYVWP1uMeunBpYYs=',
    'h1:jAEZ9zxrrwIdsPm0ycSiAX0HqnssEN7VdA6B8FC9NqI=',
    'h1:lcDxx0Nx+ifFqTBpxz8Un27O0s+I7UNJAr/rUpSqlig=',
    'h1:qvzqmkxybGRKK4ttHbp4+lvYMOwoDsZKNIT1nRyCEK8=',
    'h1:wOhTPz6apLBuF7/FYZuCoXRK/MLgrNprZ3vXmq83g5k=',
  ],
};

/** Writes Terraform's lock file into a working folder, unless it has our entry already: entries of other providers stay. */
export function lockProvider(folder: string): void {
  const file = join(folder, '.terraform.lock.hcl');
  const { source, version, hashes } = lockedProvider;
  const lines = hashes.map((hash) => `    "${hash}",\n`).join('');
  if (existsSync(file)) {
    const text = readFileSync(file, 'utf8');
    if (text.includes(`provider "${source}"`) && hashes.every((hash) => text.includes(`"${hash}"`))) return;
  }
  replaceFile(
    file,
    `provider "${source}" {\n  version     = "${version}"\n  constraints = "${version}"\n  hashes = [\n${lines}  ]\n}\n`,
  );
}
