import type { Deployment } from '../src/aws/deployment/deployment.ts';
import { LocalBackend, S3Backend, type TerraformStack } from './imports.ts';

/** Sets where Terraform keeps the state of a stack: in an object or in a file. */
export function keepState(stack: TerraformStack, { backend, aws: { region } }: Deployment): void {
  const key = `${stack.node.id}.tfstate`;
  if (backend.kind === 'local') {
    new LocalBackend(stack, { path: `${backend.path}/${key}` });
    return;
  }
  new S3Backend(stack, { bucket: backend.bucket, key, region, encrypt: true });
  // The bindings are older than this lock, which is an object beside the state.
  stack.addOverride('terraform.backend.s3.use_lockfile', true);
}
