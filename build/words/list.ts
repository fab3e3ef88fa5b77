/** Words that are not used here, and what to use instead. */
export interface Refusal {
  /** alternatives, in lower case, as a regular expression; an identifier is taken apart: `kit` finds `localKit` and `KIT_AGE` */
  words: string;
  instead: string;
}

export const refusals: readonly Refusal[] = [
  // Archaic turns.
  { words: 'whoever|whomever|whosoever|whomsoever', instead: 'who, the user who, a process that' },
  { words: 'anew', instead: 'again' },
  { words: 'thereof|therein|thereby|therewith|thereupon|hereby|hereof', instead: 'of it, in it, by this' },
  { words: 'hitherto|heretofore', instead: 'until now' },
  { words: 'hence|henceforth|whence|thence', instead: 'so, from now on, from where' },
  { words: 'whilst|amidst|amongst', instead: 'while, amid, among' },
  { words: 'lest', instead: 'so that ... not' },
  { words: 'naught|nought|aught', instead: 'nothing, zero, anything' },
  { words: 'likewise', instead: 'also, the same' },
  { words: 'befalls?|befell|behold|bestows?|beholden', instead: 'happens, see, gives' },
  { words: 'heeds?|heeded', instead: 'observes' },
  // Turns that are no English of the field.
  { words: '(?:is|are|was|were|be|been) told', instead: 'gets, receives, is given' },
  { words: '(?:tells|told|speaks|spoken) of', instead: 'reports, is about' },
  { words: 'stands? (?:twice|already|beside|there)', instead: 'is there twice, exists' },
  { words: '(?:what|that|which) stands?(?! for| still)', instead: 'what exists, what is there' },
  { words: '(?:gives?|gave|given) free', instead: 'release' },
  { words: '(?:takes?|taken|took) away', instead: 'remove' },
  { words: 'mends?|mended|mending', instead: 'repair, fix' },
  { words: '(?:raises?|raised|raising) (?:the|a) lake', instead: 'start' },
  { words: '(?:gets?|getting) on', instead: 'makes progress' },
  { words: 'made-up', instead: 'simulated' },
  // Private vocabulary; the field has a term.
  { words: 'rubbish', instead: 'orphan files, leftovers' },
  { words: 'upkeeps?|housekeeping', instead: 'maintenance' },
  { words: 'resident', instead: 'supervisor' },
  { words: 'guests?', instead: 'task' },
  { words: 'beat|beats|beating', instead: 'heartbeat' },
  { words: 'patience', instead: 'timeout' },
  { words: 'desk', instead: 'cache' },
  { words: 'worlds?', instead: 'clock, probe, fixture' },
  { words: 'kits?', instead: 'toolchain' },
  { words: 'mortal', instead: 'failing' },
  { words: 'clockwork', instead: 'minutes, time' },
  { words: 'bearable', instead: 'minor' },
  { words: 'cures?', instead: 'restart, fix' },
  { words: 'forgives?', instead: 'reset' },
  { words: 'lapses?', instead: 'expires' },
];

/** A JSON key that is a contract: quoted, or where code has a property or a variable of its name. */
const key = (name: string) =>
  new RegExp(
    `["'\\x60]${name}["'\\x60]|(?<=[.{(,:!=>?&|] ?)${name}\\b(?=\\??(?:[.:,)}]| [}=]))|^ *${name}\\b(?=\\??[:,])`,
    'gm',
  );

/** Names that are contracts: they stay, with the words in them. */
export const contracts: readonly RegExp[] = [
  // The setting `aws.upkeep`.
  /\.upkeep\b|\['upkeep'\]/g,
  /upkeep-(?:runs|age|failures)\b|upkeep\.(?:json|lock)|cryptodm\.upkeep\.until|\w*upkeep_last_\w+|[uU]pkeep(?:Age|Failures)/g,
  /\w*resident_(?:up|memory_bytes)\b|resident-down/g,
  // `status --json`, `doctor --json`, run/parts.json
  ...['upkeep', 'resident', 'mend', 'beats'].map(key),
  // The name of a bench.
  /npm run bench -- [^\n`)]*/g,
];

/** Words that one file or folder must use, because it shows a contract or quotes somebody else. */
export const exceptions: Readonly<Record<string, RegExp>> = {
  // Names of its parts, as the runs reported them.
  // The name of the lock file, in src/local/layout.ts.
  'bench/maintenance.ts': /layout\.upkeepLock/g,
  // A field of the Model Context Protocol.
  'src/cli/mcp/tools.ts': /openWorldHint/g,
  'docs/reliability.md': /resident(?= \dx|,| \||`)/g,
  'docs/performance.md': /as Linux reports them: [^\n]*resident/g,
};

/** Clean files and folders: `npm run check` keeps them so. The others follow when they are clean. */
export const clean: readonly string[] = [
  '.ci',
  'CONTRIBUTING.md',
  'README.md',
  'ansible',
  'bench',
  'bin.js',
  'build',
  'build.js',
  'cryptodm',
  'docs',
  'jars',
  'jars/layers',
  'jars/optimize',
  'jars/tables',
  'cdktf',
  'src/aws',
  'src/cli',
  'src/engine',
  'src/lake',
  'src/lake-target.ts',
  'src/local/dashboard',
  'src/local/lake-steps.ts',
  'src/local/steps',
  'src/local/supervisor/client.ts',
  'src/local/supervisor/protocol.ts',
  'src/settings',
  'src/toolchain',
  'src/tools',
  'templates',
  'test/aws',
  'test/bench',
  'test/e2e',
  'test/faults',
  'test/integration',
  'test/long/account',
  'test/long/benchmarks',
  'test/long/faults',
  'test/long/lakes',
  'test/run.js',
  'test/runner.js',
  'test/sections.js',
  'test/support',
  'test/unit/build',
  'test/unit/cli',
  'test/unit/engine',
  'test/unit/faults',
  'test/unit/local',
  'test/unit/proof',
  'test/unit/settings',
  'test/unit/support',
  'test/unit/toolchain',
  'test/unit/tools',
];
