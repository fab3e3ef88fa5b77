import { basename } from 'node:path';
import type { Deployment } from './deployment.ts';

/** Files that a deployment uploads. */
type Uploads = Pick<Deployment, 'jars' | 'functions' | 'certificates'>;

/**
 * How a stack names a file that it uploads: relative to Terraform's folder, where a link leads to it. The path of this machine would be a
 * change on every other one.
 */
export function stackFile(path: string): string {
  return `files/${basename(path)}`;
}

/** The links that Terraform's folder needs: paths in the folder, and where each leads to on this machine. */
export function stackLinks({ jars, functions, certificates }: Uploads): Map<string, string> {
  const files = [
    ...Object.values(jars),
    ...Object.values(functions),
    ...(certificates === undefined ? [] : [certificates]),
  ];
  return new Map(files.map(({ path }) => [stackFile(path), path]));
}
