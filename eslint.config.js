import tseslint from 'typescript-eslint';

/** What knows the lake's declaration and nothing else of ours. */
const allButLake = [
  'cli',
  'dashboard',
  'settings',
  'targets',
  'steps',
  'engine',
  'tools',
  'setup',
  'supervisor',
  'query',
  'actions',
];

/** Imports go one way; each room lists the rooms it may not see. */
const arrows = {
  lake: ['cli', 'dashboard', 'settings', 'targets', 'steps', 'engine', 'tools', 'setup', 'supervisor', 'query'],
  engine: ['cli', 'dashboard', 'lake', 'settings', 'targets', 'steps', 'tools', 'setup', 'supervisor', 'query'],
  settings: ['cli', 'dashboard', 'targets', 'steps', 'engine', 'tools', 'setup', 'supervisor', 'query'],
  tools: ['cli', 'dashboard', 'lake', 'settings', 'targets', 'steps', 'engine', 'setup', 'supervisor', 'query'],
  setup: ['cli', 'dashboard', 'lake', 'settings', 'targets', 'steps', 'engine', 'supervisor', 'query'],
  query: ['cli', 'dashboard', 'settings', 'targets', 'steps', 'engine', 'setup', 'supervisor'],
  functions: ['cli', 'actions', 'settings', 'targets', 'steps', 'engine', 'setup', 'supervisor', 'query', 'costs'],
  alerts: allButLake,
  metrics: ['cli', 'dashboard', 'settings', 'targets', 'steps', 'engine', 'tools', 'setup', 'supervisor', 'query'],
  kibana: allButLake,
  supervisor: ['cli', 'dashboard', 'lake', 'settings', 'targets', 'steps', 'engine', 'setup', 'query'],
  steps: ['cli', 'dashboard', 'settings', 'targets'],
  targets: ['cli', 'dashboard'],
  dashboard: ['cli', 'engine', 'steps', 'supervisor'],
};

/** The command line starts the constructs as a process; loading CDKTF would slow each command. */
const noConstructs = {
  group: ['cdktf', 'constructs', '@cdktf/**', '**/cdktf/**'],
  message: 'src never imports the constructs',
};

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'jars/**/target/**'] },
  ...tseslint.configs.strict,
  {
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'build/**/*.ts', 'cdktf/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
    },
  },
  { files: ['src/**/*.ts'], rules: { 'no-restricted-imports': ['error', { patterns: [noConstructs] }] } },
  ...Object.entries(arrows).map(([room, hidden]) => ({
    files: [`src/${room}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...hidden.map((other) => ({ group: [`**/${other}/**`], message: `${room} does not see ${other}` })),
            noConstructs,
          ],
        },
      ],
    },
  })),
  // The constructs are a program of their own, with one door to CDKTF; what they are told is all they know of the rest.
  {
    files: ['cdktf/**/*.ts'],
    ignores: ['cdktf/imports.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^(cdktf|constructs|@cdktf/.*)$', message: 'constructs import from cdktf/imports.ts' },
            {
              regex: '/src/(?!targets/(deployment|aws-names)\\.ts$)',
              message: 'constructs see src/targets/{deployment,aws-names}.ts only',
            },
          ],
        },
      ],
    },
  },
  // Mocha loads a reporter of our own with require.
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-unused-expressions': 'off' } },
);
