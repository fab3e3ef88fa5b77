#!/usr/bin/env node
// Entry of the packed package: everything is in dist.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Node.js 20.19 or later is needed; this is ${process.version}.\n`);
  process.exit(4);
}
await import('./dist/main.js');
