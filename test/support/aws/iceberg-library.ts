import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { cacheFolder } from '../../../src/toolchain/cache.ts';
import { buildJars } from '../../../src/toolchain/jars.ts';
import { findJdk } from '../../../src/toolchain/jdk.ts';
import { thisMachine } from '../../../src/toolchain/machine.ts';
import { findMaven } from '../../../src/toolchain/maven.ts';
import { fetchServers } from '../../../src/local/setup/servers.ts';
import { renderSpec, type TargetSpec } from '../../../src/lake/spec.ts';
import type { Lake } from '../../../src/lake/schema.ts';

/** The tables of a lake as Iceberg's own Java library makes them, by the JVM side's `create-tables` in a folder. */
export class IcebergLibrary {
  private constructor(
    private readonly java: string,
    private readonly classPath: string,
    private readonly folder: string,
  ) {}

  static async prepare(folder: string): Promise<IcebergLibrary> {
    const machine = thisMachine();
    const sources = { packageFolder: process.cwd(), cache: cacheFolder(machine) };
    const jdk = findJdk(machine);
    const toolchain = async () => ({ jdk, maven: await findMaven(machine, jdk) });
    const jars = await buildJars(sources, toolchain, () => undefined);
    const { spark } = await fetchServers(sources, toolchain, () => undefined);
    return new IcebergLibrary(join(jdk.home, 'bin/java'), [...spark.jars, ...jars.spark].join(delimiter), folder);
  }

  /** Creates or evolves. @returns what it answers */
  async createTables(lake: Lake): Promise<{ tables: { name: string; action: string; added: string[] }[] }> {
    const spec = join(this.folder, 'spec.json');
    writeFileSync(spec, JSON.stringify(renderSpec(lake, placeOf(this.folder))));
    const options = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', this.classPath];
    const { stdout } = await execa(
      this.java,
      [...options, 'io.cryptodm.local.Functions', '--spec', spec, 'create-tables'],
      { stdin: 'ignore' },
    );
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Awaited<ReturnType<IcebergLibrary['createTables']>>;
  }

  /** Path of a table's newest metadata. */
  metadataFile(table: string): string {
    const folder = join(this.folder, 'warehouse', ...table.split('.'), 'metadata');
    const names = readdirSync(folder).filter((name) => name.endsWith('.metadata.json'));
    return join(folder, names.sort().at(-1) ?? '');
  }

  metadata(table: string): string {
    return readFileSync(this.metadataFile(table), 'utf8');
  }
}

function placeOf(folder: string): TargetSpec {
  return {
    kafka: { bootstrapServers: '127.0.0.1:9', properties: {}, replication: 1 },
    catalog: {
      name: 'lake',
      properties: {
        type: 'jdbc',
        uri: `jdbc:sqlite:${folder}/catalog.db`,
        'jdbc.schema-version': 'V1',
        warehouse: `${folder}/warehouse`,
      },
    },
    search: { url: 'http://127.0.0.1:9' },
    generations: {},
    checkpoints: `${folder}/checkpoints`,
    triggers: { quotes: '1 second', trades: '1 second', search: '1 second', layers: '5 seconds' },
    quotes: { source: 'auto', pollSeconds: 5, alpacaUrl: 'http://127.0.0.1:9', rate: 0, speed: 1, seed: 1 },
    trades: { rate: 0, users: 1, seed: 1 },
  };
}
