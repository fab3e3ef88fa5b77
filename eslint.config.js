import tseslint from 'typescript-eslint';

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
              regex: '/src/(?!aws/(deployment|names)\\.ts$)',
              message: 'constructs see src/aws/{deployment,names}.ts only',
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
