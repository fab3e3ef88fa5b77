import { Scalar, stringify } from 'yaml';
import { awsNames } from '../names.ts';

/** Input of the playbook: facts and paths of this machine, never a secret. `docs/contracts.md`, "AWS: to the playbook". */
export interface InventoryFacts {
  prefix: string;
  region: string;
  /** DNS name or address of the producer host */
  host: string;
  /** path of the spec on this machine */
  spec: string;
  /** jar with `io.cryptodm.producer.Topics` */
  topicsTool: { path: string; sha256: string };
  units: {
    id: string;
    /** path of the jar on this machine */
    path: string;
    sha256: string;
    /** heap in MB; the unit may use 192 MB more */
    memoryMb: number;
    enabled: boolean;
  }[];
  /** functions to invoke once the topics exist, without the prefix */
  functions: string[];
}

/** Input of the playbook where the producers are containers: how this command line is called. */
export interface ContainersFacts {
  prefix: string;
  region: string;
  /** program and arguments that start this command line */
  command: string[];
  /** path of the settings of the last `up` */
  settings: string;
  /** whether the producers should run */
  produce: boolean;
}

/** User name on Amazon Linux. */
const user = 'ec2-user';

/** Text of `inventory.yml` with a host; equal facts give equal text. */
export function renderInventory(facts: InventoryFacts): string {
  const inventory = {
    all: {
      vars: {
        lake_prefix: facts.prefix,
        lake_region: facts.region,
        lake_spec: facts.spec,
        lake_log_group: awsNames(facts.prefix).producerLogs,
        lake_functions: facts.functions,
        kafka_topics_tool: { jar: facts.topicsTool.path, sha256: facts.topicsTool.sha256 },
        producer_units: facts.units.map(({ id, path, sha256, memoryMb, enabled }) => ({
          id,
          jar: path,
          sha256,
          memory_mb: memoryMb,
          enabled,
        })),
      },
      children: {
        producers: { hosts: { [`${facts.prefix}-producers`]: { ansible_host: facts.host, ansible_user: user } } },
      },
    },
  };
  return stringify(inventory, { lineWidth: 0 });
}

/** Text of `inventory.yml` with containers: the playbook runs on this machine. Equal facts give equal text. */
export function renderContainersInventory(facts: ContainersFacts): string {
  const inventory = {
    all: {
      vars: {
        lake_prefix: facts.prefix,
        lake_region: facts.region,
        lake_command: facts.command.map(literal),
        lake_settings: literal(facts.settings),
        lake_produce: facts.produce,
      },
      children: {
        containers: {
          hosts: {
            [`${facts.prefix}-containers`]: {
              ansible_connection: 'local',
              // The Python of Ansible itself: another one need not be there.
              ansible_python_interpreter: '{{ ansible_playbook_python }}',
            },
          },
        },
      },
    },
  };
  return stringify(inventory, { lineWidth: 0 });
}

/** A text that Ansible takes as it is: a folder may have a name like a template. */
function literal(text: string): Scalar {
  const scalar = new Scalar(text);
  if (/\{[{%#]/.test(text)) scalar.tag = '!unsafe';
  return scalar;
}
