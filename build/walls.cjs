// Which room may import which: an allow-list, and no circles, type-only ones included. Read by dependency-cruiser.

/** Files outside src that every program may use. */
const outside = ['^node_modules/', '^node:'];
const spine = {
  errors: '^src/errors\\.ts$',
  lake: '^src/lake/',
  settings: '^src/settings/',
  engine: '^src/engine/',
  tools: '^src/tools/',
  work: '^src/work\\.ts$',
  toolchain: '^src/toolchain/',
  port: '^src/lake-target\\.ts$',
  version: '^src/version\\.ts$',
};
const { errors, lake, settings, engine, tools, work, toolchain, port, version } = spine;

/** Room (a regular expression of its files) to the rooms it may import, besides itself. */
const rooms = [
  [errors, []],
  [tools, [errors]],
  [lake, [errors]],
  [settings, [errors, lake, tools]],
  [engine, [errors, '^src/tools/whole-file\\.ts$']],
  [work, [engine, settings]],
  [version, ['^package\\.json$']],
  [toolchain, [errors, tools, settings, work]],
  [port, [errors, lake, settings, tools, work, toolchain]],
  // The commands see the port; the processes that a lake on this machine starts see src/local.
  ['^src/cli/(?!processes/)', [errors, lake, settings, tools, work, port, version, '^src/targets\\.ts$', '^src/cli/']],
  ['^src/cli/processes/', [errors, '^src/cli/command\\.ts$', '^src/local/']],
  ['^src/targets\\.ts$', [settings, port, '^src/(local|aws)/target\\.ts$']],
  ['^src/main\\.ts$', ['^src/cli/(main|lost-output)\\.ts$']],
  // The two wings never see each other.
  ['^src/local/', Object.values(spine)],
  // A function is a program of its own in the account: small, and without settings or steps.
  // The end of a lake and its health also ask Elastic Cloud and the index.
  [
    '^src/aws/functions/',
    [
      errors,
      lake,
      tools,
      '^src/aws/services/',
      '^src/aws/(containers/tasks|search/(answer|elastic-cloud)|jobs/emr-step|maintenance/spark-job)\\.ts$',
    ],
  ],
  ['^src/aws/(?!functions/)', Object.values(spine)],
  // The constructs see only the shape and the names of what they make.
  [
    '^cdktf/',
    [
      '^src/aws/(containers/tasks|deployment/(deployment|stack-files|zones)|jobs/emr-step|maintenance/spark-job|names|partition|services/sweep-actions)\\.ts$',
      '^src/lake/(databases|functions)\\.ts$',
    ],
  ],
  ['^build/', ['^src/', '^build/']],
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-constructs-in-src',
      comment: 'The command line starts the constructs as a process; loading CDKTF would slow each command.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: ['^cdktf/', '^node_modules/(cdktf|constructs|@cdktf)/'] },
    },
    {
      name: 'one-door-to-cdktf',
      severity: 'error',
      from: { path: '^cdktf/', pathNot: '^cdktf/imports\\.ts$' },
      to: { path: '^node_modules/(cdktf|constructs|@cdktf)/' },
    },
    { name: 'no-missing', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  allowed: rooms
    .map(([from, to]) => ({ from: { path: from }, to: { path: [from, ...to, ...outside] } }))
    .concat([{ from: {}, to: { dependencyTypes: ['core'] } }]),
  allowedSeverity: 'error',
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.cjs'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
