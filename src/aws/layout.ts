import { join } from 'node:path';
import { accountsFolder } from '../settings/accounts-folder.ts';

/** Files of this machine for a lake in an account; all but the key can be made again from the state bucket. */
export interface AwsLayout {
  folder: string;
  lock: string;
  journal: string;
  deployment: string;
  /** what the constructs wrote */
  synthesis: string;
  /** Terraform's working folder of a stack */
  stack: (stack: string) => string;
  key: string;
  /** with which the cluster's nodes speak TLS */
  nodeCertificate: string;
  knownHosts: string;
  inventory: string;
  /** those of the last `up` whose producers are containers: the playbook goes by them */
  settings: string;
  spec: string;
  logs: string;
}

export function layOutAws(data: string, prefix: string): AwsLayout {
  const folder = join(data, accountsFolder, prefix);
  return {
    folder,
    lock: join(folder, 'lock'),
    journal: join(folder, 'journal.json'),
    deployment: join(folder, 'deployment.json'),
    synthesis: join(folder, 'synthesis'),
    stack: (stack) => join(folder, 'terraform', stack),
    key: join(folder, 'producers.pem'),
    nodeCertificate: join(folder, 'nodes.zip'),
    knownHosts: join(folder, 'known_hosts'),
    inventory: join(folder, 'inventory.yml'),
    settings: join(folder, 'settings.json'),
    spec: join(folder, 'lake.json'),
    logs: join(folder, 'logs'),
  };
}
