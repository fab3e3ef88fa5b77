import { defaultSettings } from './defaults.ts';
import type { RawSettings } from './schema.ts';

/** Settings that are written as given; the rest stands commented, at its default. */
export interface ChosenSettings {
  target?: 'local' | 'aws';
  coins?: string[];
  source?: string;
  prefix?: string;
  region?: string;
  email?: string;
  /** such as `8h`; 0 for no end */
  timeToLive?: string;
  /** an existing Elasticsearch */
  elasticUrl?: string;
}

/** A commented `cryptodm.yaml` with every setting at its default; what was chosen stands uncommented. */
export function renderSettingsFile(env: NodeJS.ProcessEnv, home: string, chosen: ChosenSettings): string {
  const defaults = defaultSettings(env, home);
  const value = (...path: string[]) => String(path.reduce<unknown>((at, key) => (at as RawSettings)[key], defaults));
  const line = (key: string, text: string, given?: string) =>
    given === undefined ? `# ${key}: ${text}` : `${key}: ${given}`;
  const isAws = chosen.target === 'aws';
  // A key under a comment would belong to nothing: the whole block stands or none of it.
  const inAws = (key: string, given: string | undefined, text: string, says = '') => {
    const shown = given ?? text;
    const comment = says === '' ? '' : `   # ${says}`;
    return isAws && given !== undefined ? `  ${key}: ${shown}${comment}` : `#   ${key}: ${shown}${comment}`;
  };
  const aws = (...path: string[]) => value('aws', ...path);
  return `# Settings of cryptodm. Everything is optional: what is commented out stands at its default.
# Flags win over the environment (CRYPTODM_PORTS_KAFKA=...), that wins over this file.

# Where the lake runs: local, on this machine; aws, in an account.
${line('target', 'local', chosen.target ?? 'local')}

# Pairs of the market to follow.
${line('coins', '[BTC/USD, LTC/USD]', chosen.coins === undefined ? undefined : `[${chosen.coins.join(', ')}]`)}

# Where quotes come from:
#     auto         Alpaca when it answers, else the simulator
#     alpaca       Alpaca's market data, no key needed
#     simulate     a seeded random walk
#     replay:FILE  a recording, CSV or JSON lines
${line('source', value('source'), chosen.source)}

# quotes:
#   poll: ${value('quotes', 'poll')}        # between two requests to Alpaca
#   rate: ${value('quotes', 'rate')}         # simulated or replayed events per second; 0: as the bars come
#   speed: ${value('quotes', 'speed')}        # simulated or replayed time, times real time
#   seed: ${value('quotes', 'seed')}         # of the simulator

# trades:
#   rate: ${value('trades', 'rate')}       # simulated trades per second
#   users: ${value('trades', 'users')}      # simulated people
#   seed: ${value('trades', 'seed')}

# How often each stream job looks for new events. Shorter is fresher and costs more processor time.
# triggers:
#   quotes: ${value('triggers', 'quotes')}      # quotes to Iceberg
#   trades: ${value('triggers', 'trades')}      # trades to Iceberg
#   search: ${value('triggers', 'search')}      # quotes to Elasticsearch
#   layers: ${value('triggers', 'layers')}      # tables to the layers above them

# Ports, all on 127.0.0.1.
# ports:
#   kafka: ${value('ports', 'kafka')}
#   controller: ${value('ports', 'controller')}
#   elasticsearch: ${value('ports', 'elasticsearch')}
#   dashboard: ${value('ports', 'dashboard')}

# Heap of each part, in MB.
# memory:
#   kafka: ${value('memory', 'kafka')}
#   elasticsearch: ${value('memory', 'elasticsearch')}
#   spark: ${value('memory', 'spark')}
#   producer: ${value('memory', 'producer')}

# paths:
#   data: ~/.local/share/cryptodm   # the lake itself
#   cache: ~/.cache/cryptodm        # downloaded servers and built jars, shared by all lakes

# alpaca:
#   url: ${value('alpaca', 'url')}
#   keys: alpaca.env     # optional; lines APCA_API_KEY_ID=... and APCA_API_SECRET_KEY=..., chmod 600

# Icons come from CoinAPI when COINAPI_KEY is in the environment, else from a bundled list.
# coinapi:
#   url: ${value('coinapi', 'url')}

# Who is told when an alarm of a lake on this machine begins and when it is over (in an account: "aws.email").
# alerts:
#   webhook: https://alerts.example.com/lake     # is sent JSON in the form of Alertmanager's webhooks
#   command: [/usr/local/bin/page-me, crypto]    # program and arguments; the same JSON on its stdin

# A lake in an AWS account ("target: aws").
${isAws ? 'aws:' : '# aws:'}
${inAws('prefix', chosen.prefix, 'acme-lake', 'in front of every name there; 3 to 20 of a-z, 0-9 and -')}
${inAws('region', chosen.region, aws('region'))}
#   profile: default                # of your AWS credentials
${inAws('email', chosen.email, 'you@example.com', 'gets the alarms; AWS asks it to agree first')}
${inAws('timeToLive', chosen.timeToLive, aws('timeToLive'), 'then all that costs by the hour goes and the data stays; 0: never')}
#   monthlyBudget: ${aws('monthlyBudget')}              # dollars; a message at 80 percent; 0: none
#   queryLimitGb: ${aws('queryLimitGb')}                # most that one query may scan
#   databasePrefix: ''              # two lakes in one account and region need it, such as acme_
#   caller: 203.0.113.7             # the only address that may use SSH; else yours is asked for
#   state: ${aws('state')}                       # or local: state and journal on this machine only
#   macie: ${aws('macie')}
#   crawler: ${aws('crawler')}
#   brokers: { type: ${aws('brokers', 'type')}, count: ${aws('brokers', 'count')}, storageGb: ${aws('brokers', 'storageGb')} }
#   host: { type: ${aws('host', 'type')}, sshTimeout: ${aws('host', 'sshTimeout')} }
#   emr: { release: ${aws('emr', 'release')}, primary: ${aws('emr', 'primary')}, core: ${aws('emr', 'core')}, coreCount: ${aws('emr', 'coreCount')} }
#   triggers: { tables: ${aws('triggers', 'tables')}, search: ${aws('triggers', 'search')}, layers: ${aws('triggers', 'layers')} }   # each one makes requests to S3

# Elasticsearch of that lake: a cluster that stands, else a small one in Elastic Cloud is made.
${chosen.elasticUrl === undefined ? '# elastic:' : 'elastic:'}
${chosen.elasticUrl === undefined ? '#   url: https://search.example.com:9243' : `  url: ${chosen.elasticUrl}`}
#   cloud: { region: ${value('elastic', 'cloud', 'region')}, version: ${value('elastic', 'cloud', 'version')}, size: ${value('elastic', 'cloud', 'size')} }
`;
}
