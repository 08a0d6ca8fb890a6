import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import ts from 'typescript-eslint';

/** A side must not import the other one, and only one file may know a foreign protocol. */
const walls = (files, patterns, ignores = []) => ({
  files,
  ignores,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});

const onlyIn = (group, message) => ({ group, message });

export default defineConfig(
  {
    ignores: [
      'dist',
      '.dist-*',
      'node_modules',
      'coverage',
      'proto/gen',
      'client/gen',
      'eslint.config.js',
      'layers.config.cjs',
    ],
  },
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['{controller,agent,common,cli,client,page,deploy}/**/*.{ts,tsx}'],
    ignores: ['**/gen/**'],
    rules: {
      'max-lines': ['error', 400],
      'max-lines-per-function': ['error', 80],
      'max-params': ['error', 4],
    },
  },
  walls(
    ['controller/**/*.ts'],
    [
      onlyIn(['**/agent/**', '!**/proto/gen/**'], 'The controller knows agents through gRPC alone.'),
      onlyIn(
        ['etcd3', 'cockatiel'],
        'Only store.ts, space.ts, values.ts and witness.ts in controller/store know etcd3.',
      ),
    ],
    ['store', 'space', 'values', 'witness'].map((file) => `controller/store/${file}.ts`),
  ),
  walls(
    ['client/**/*.ts'],
    [
      onlyIn(
        ['**/controller/**', '**/agent/**', '**/cli/**'],
        'The client knows the OpenAPI document alone.',
      ),
    ],
  ),
  walls(
    ['agent/**/*.ts'],
    [onlyIn(['**/controller/**', 'koa', '@koa/*', 'etcd3'], 'An agent knows nothing of the controller.')],
  ),
);
