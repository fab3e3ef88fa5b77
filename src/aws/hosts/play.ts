import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../errors.ts';
import { installAnsible } from '../setup/ansible.ts';
import { thisMachine } from '../../toolchain/machine.ts';
import type { Play } from '../steps/playbook.ts';
import type { Deployment } from '../deployment/deployment.ts';
import { renderInventory } from './inventory.ts';
import { requireSessionPlugin } from './session.ts';
import { runPlaybook } from './ansible.ts';
import { replaceFile } from '../../tools/whole-file.ts';
import { packageFolder, tellSetup } from '../../toolchain/preparation.ts';
import type { Work } from '../../work.ts';
import type { AwsLake } from '../lake.ts';

/** Runs the playbook on this lake's producer host. */
export function playOn(lake: AwsLake, work: Work, deployment: Deployment): Play {
  const { layout, settings } = lake;
  const throughSession = settings.aws.host.connection === 'session-manager';
  return async (outputs, inputs, { check, signal, progress }) => {
    const { producer_host: address, producer_instance_id: instanceId } = outputs;
    if (address === undefined || instanceId === undefined)
      throw new Fault('internal', 'the lake reports no producer host');
    if (throughSession) await requireSessionPlugin(work.env);
    const folder = packageFolder(work.entry);
    const sources = { packageFolder: folder, cache: settings.paths.cache };
    const venv = await installAnsible(sources, thisMachine(work.env), tellSetup(work), work.signal);
    const jar = (name: string) => {
      const artifact = deployment.jars[name];
      if (artifact === undefined) throw new Fault('internal', `the deployment has no jar ${name}`);
      return artifact;
    };
    const inventory = renderInventory({
      prefix: lake.prefix,
      region: lake.connection.region,
      host: throughSession ? instanceId : address,
      spec: layout.spec,
      topicsTool: jar('ProducerCrypto-1.0.jar'),
      units: inputs.units.map((unit) => ({ ...unit, ...jar(unit.jar), memoryMb: settings.memory.producer })),
      functions: inputs.functions,
    });
    replaceFile(layout.inventory, inventory);
    mkdirSync(layout.logs, { recursive: true, mode: 0o700 });
    return runPlaybook({
      venv,
      playbook: join(folder, 'ansible', 'deploy-processos-crypto.yml'),
      folder: layout.folder,
      inventory: layout.inventory,
      variables: { lake_spec: layout.spec },
      key: layout.key,
      ...(throughSession ? { session: { instanceId, region: lake.connection.region } } : {}),
      // A new host has another key.
      knownHosts: `${layout.knownHosts}-${instanceId}`,
      log: join(layout.logs, 'ansible.log'),
      check,
      sshTimeout: settings.aws.host.sshTimeout,
      env: {
        AWS_DEFAULT_REGION: lake.connection.region,
        ...(lake.connection.profile === undefined ? {} : { AWS_PROFILE: lake.connection.profile }),
      },
      signal,
      onEvent: (event) => {
        if (event.event === 'task') progress(`${event.role ?? 'host'}: ${event.task}`);
      },
    });
  };
}
