import type { Settings } from './schema.ts';

/** Paths of all settings of a part of the tree, such as `quotes.rate`. */
type Leaves<T, Above extends string = ''> = {
  [Key in keyof T & string]-?: NonNullable<T[Key]> extends string | number | boolean | readonly unknown[]
    ? `${Above}${Key}`
    : Leaves<NonNullable<T[Key]>, `${Above}${Key}.`>;
}[keyof T & string];

export type SettingPath = Leaves<Settings>;

/** What each setting means: `cryptodm init` and docs/settings.md show it. */
export const settingTexts: Readonly<Record<SettingPath, string>> = {
  target: 'where the lake runs: local, on this machine; aws, in an account',
  coins: 'pairs of the market to follow',
  renamed:
    'coins that were renamed, one for one, such as MATIC=POL: silver, gold, gaps, the dashboard and crypto_trader_view show one history under the new name. Other rows keep the name that they came with',
  source:
    'where quotes come from: auto (Alpaca when it answers, else the simulator), alpaca, simulate, replay:FILE, or exchanges whose trades are followed: one or several of coinbase, kraken, alpaca-stream, of which the first one makes the bars',

  'quotes.poll': 'time between two requests to Alpaca',
  'quotes.history':
    'how far back a coin that is new gets its history, of Alpaca, of the exchange or of the simulation; 0: none',
  'quotes.rate': 'simulated or replayed quotes per second; 0: as the bars come',
  'quotes.speed': 'how many times faster than real time simulated or replayed time passes',
  'quotes.seed': 'seed of the simulator',

  'trades.rate': 'simulated trades per second',
  'trades.users': 'simulated people',
  'trades.seed': 'seed of the simulator',

  'market.coinbase.stream': 'stream of Coinbase Exchange',
  'market.coinbase.url': 'its history',
  'market.kraken.stream': 'stream of Kraken',
  'market.kraken.url': 'its history',
  'market.alpaca.stream': 'stream of Alpaca; its history is at alpaca.url, and both need keys',
  'market.bars': 'coins whose bars another exchange makes than the first one in source, such as ETH/USD=kraken',
  'market.keep':
    'days for which trades of exchanges are kept: the maintenance removes whole days that are older; 0: for ever',

  'triggers.quotes': 'quotes to Iceberg',
  'triggers.trades': 'trades to Iceberg',
  'triggers.market': 'trades of exchanges to Iceberg',
  'triggers.search': 'quotes to Elasticsearch',
  'triggers.layers': 'bronze tables to silver and gold; candles follow new bars sooner',

  'durability.topics': 'acknowledged records are on the disk after this time; 0s: before they are acknowledged',

  'topics.size': 'size of each topic that tables or index read; producers pause before it is reached',
  'topics.partitions':
    'partitions of each such topic, each read by one task; they are set when a lake is made, a later change needs "down --keep-data" first',

  'batches.tables': 'into Iceberg; a batch has at least 100,000 records',
  'batches.search': 'into Elasticsearch; a batch has at least 50,000 records',

  'spark.cores': 'tasks at the same time, of all stream jobs together',

  'ports.kafka': 'broker',
  'ports.controller': 'controller of Kafka',
  'ports.elasticsearch': 'search',
  'ports.dashboard': 'live page and metrics',

  'access.broker': 'credential: Kafka asks its clients to sign in; open: everybody on this machine may use it',
  'access.search': 'the same for Elasticsearch',
  'access.dashboard': 'the same for the live page and the metrics',

  'memory.kafka': 'broker',
  'memory.elasticsearch': 'search',
  'memory.spark': 'all stream jobs, in one process',
  'memory.producer': 'each producer',

  'paths.data': 'the lake itself',
  'paths.cache': 'downloaded servers and built jars, shared by all lakes',
  'paths.artifacts':
    'optional folder with the jars of the servers, such as a copy of ~/.m2/repository; without it Maven fetches them',

  'terminal.pager': 'whether a result that is longer than the screen is shown by the program in PAGER, else by less',

  'alpaca.url': 'address of the market data API',
  'alpaca.keys': 'optional file of mode 600 with the lines APCA_API_KEY_ID=... and APCA_API_SECRET_KEY=...',

  'coinapi.url': 'address of CoinAPI',

  'alerts.webhook': 'address that gets JSON in the form of Alertmanager’s webhooks',
  'alerts.command': 'program and arguments; it gets the same JSON on its stdin',

  'aws.prefix': 'first part of every name in the account; 3 to 20 of a-z, 0-9 and -',
  'aws.region': 'region of the lake',
  'aws.profile': 'profile of your AWS credentials',
  'aws.email': 'gets the alarms; AWS asks it to agree first',
  'aws.caller': 'the only address that may use SSH; by default your own public address',
  'aws.databasePrefix': 'first part of every database name, such as acme_; two lakes in one account and region need it',
  'aws.timeToLive': 'after this everything that costs by the hour is removed and the data stays; 0: never',
  'aws.state': 's3, or local: state and journal on this machine only',
  'aws.monthlyBudget': 'US dollars; a message at 80 percent; 0: no budget',
  'aws.queryLimitGb': 'GB that one query may scan at most',
  'aws.macie':
    'whether Macie looks for personal data; it is then on for the whole account and region, and bills for all buckets there',
  'aws.crawler': 'whether a Glue crawler catalogs the files under landing/ of the bronze bucket',
  'aws.upkeep':
    'what does the weekly maintenance of the tables: athena, by its own statements; glue, by Spark, which costs only while it runs; emr, by Spark beside the stream jobs',
  'aws.brokers.type': 'instance type of the brokers',
  'aws.brokers.version':
    'version of Kafka as MSK names it, such as 3.8.x or 3.9.x.kraft; existing brokers can’t change between ZooKeeper and KRaft',
  'aws.brokers.count': 'number of brokers',
  'aws.brokers.storageGb': 'disk of each broker, GB',
  'aws.producers':
    'where the producers run: host, a virtual machine that Ansible sets up; fargate, containers, which need no SSH, no key and no Python; aws.host and aws.caller then mean nothing',
  'aws.containers.architecture': 'processor of the containers: amd64 or arm64, which costs less',
  'aws.containers.image': 'a published image of the producers; without it one is built here and kept in the account',
  'aws.host.type': 'instance type of the producer host',
  'aws.host.sshTimeout': 'time that a new host may take to answer on SSH',
  'aws.host.connection':
    'how the playbook reaches the host: by its port 22, open to your address only, or without an open port through Session Manager',
  'aws.emr.release': 'release of EMR, 7.12 or later',
  'aws.emr.primary': 'instance type of the primary node',
  'aws.emr.core': 'instance type of the core nodes',
  'aws.emr.coreCount': 'number of core nodes',
  'aws.emr.executors':
    'executors of each stream job; by default one for each core node, but no more than the partitions of a topic keep busy',
  'aws.emr.executorCores': 'tasks at the same time of an executor',
  'aws.emr.executorMemory': 'heap of an executor, MB',
  'aws.triggers.tables': 'quotes, trades and those of exchanges to Iceberg',
  'aws.triggers.search': 'quotes to Elasticsearch',
  'aws.triggers.layers': 'bronze tables to silver and gold',

  'elastic.url': 'an existing cluster; without it a small one in Elastic Cloud is made',
  'elastic.cloud.region': 'region of Elastic Cloud; by default that of the lake, under Elastic’s name for it',
  'elastic.cloud.version':
    'version of Elasticsearch; 8.19 means the newest 8.19.x for a new deployment, and an existing one keeps its own',
  'elastic.cloud.size': 'memory of its node',
};

/** What the settings of a group have in common. */
export const groupTexts: Readonly<Record<string, string>> = {
  quotes: 'The producer of quotes.',
  trades: 'The producer of simulated trades.',
  market: 'Exchanges whose own trades are followed ("source: coinbase").',
  triggers: 'How often each stream job looks for new events. Shorter is fresher and costs more processor time.',
  durability: 'What a power cut may take. What tables and index have taken stays in any case.',
  topics:
    'The topics that tables and index read. Records that they have not taken are never removed, whatever the size.',
  batches:
    'Most records of a batch for each second between two triggers, as far as the memory allows. A job that is behind catches up in batches of this size.',
  spark: 'The stream jobs on this machine ("memory.spark" is their heap; in an account: "aws.emr").',
  ports: 'Ports, all on 127.0.0.1.',
  access: 'Who may use the servers on this machine: credential or open. Pages of other sites are refused in any case.',
  memory: 'Heap of each part, in MB.',
  paths: 'Folders.',
  terminal: 'Results of "query" and "shell" on a terminal.',
  alpaca: 'Market data of Alpaca.',
  coinapi: 'Icons come from CoinAPI when COINAPI_KEY is in the environment, else from a bundled list.',
  alerts: 'Who gets a message when an alarm of a lake on this machine begins and ends (in an account: "aws.email").',
  aws: 'A lake in an AWS account ("target: aws").',
  'aws.brokers': 'Kafka (MSK): type, version, number and disk of the brokers',
  'aws.containers': 'the containers of the producers, with "aws.producers: fargate"',
  'aws.host': 'the producer host',
  'aws.emr': 'the cluster of the stream jobs',
  'aws.triggers': 'how often each stream job commits; each commit makes requests to S3',
  elastic: 'Elasticsearch of a lake in an account.',
  'elastic.cloud': 'a deployment in Elastic Cloud',
};

/** Values shown where a setting has no default. */
export const sampleSettings: Readonly<Partial<Record<SettingPath, unknown>>> = {
  'alpaca.keys': 'alpaca.env',
  'alerts.webhook': 'https://alerts.example.com/lake',
  'alerts.command': ['/usr/local/bin/page-me', 'crypto'],
  'paths.artifacts': '/opt/cryptodm/repository',
  'aws.prefix': 'acme-lake',
  'aws.profile': 'default',
  'aws.email': 'you@example.com',
  'aws.caller': '203.0.113.7',
  'aws.emr.executors': 3,
  'aws.containers.image': 'registry.example.com/cryptodm/producers:1.0',
  'elastic.cloud.region': 'us-east-1',
  'elastic.url': 'https://search.example.com:9243',
};
