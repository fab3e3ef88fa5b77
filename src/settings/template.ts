import { defaultSettings } from './defaults.ts';
import type { RawSettings } from './schema.ts';

interface Chosen {
  coins?: string[];
  source?: string;
}

/** A commented `cryptodm.yaml` with every setting at its default; what was chosen stands uncommented. */
export function renderSettingsFile(env: NodeJS.ProcessEnv, home: string, chosen: Chosen): string {
  const defaults = defaultSettings(env, home);
  const value = (...path: string[]) => String(path.reduce<unknown>((at, key) => (at as RawSettings)[key], defaults));
  const line = (key: string, text: string, given?: string) =>
    given === undefined ? `# ${key}: ${text}` : `${key}: ${given}`;
  return `# Settings of cryptodm. Everything is optional: what is commented out stands at its default.
# Flags win over the environment (CRYPTODM_PORTS_KAFKA=...), that wins over this file.

# Where the lake runs: local, on this machine.
${line('target', 'local', 'local')}

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

# Ports, all on 127.0.0.1.
# ports:
#   kafka: ${value('ports', 'kafka')}
#   controller: ${value('ports', 'controller')}
#   elasticsearch: ${value('ports', 'elasticsearch')}

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
`;
}
