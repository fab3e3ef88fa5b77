/** CommonJS packages in an ES module still call require for Node's own modules. */
export const banner = {
  js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
};
