import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { javaCommand } from '../../../src/local/parts/jvm.ts';
import { fetchScalaCompiler, javaHome, prepareServers } from './java.ts';
import { fetchJar, javaArgs, renderCoreSite, run } from './spark-submit.ts';

/**
 * A run of a Glue job on this machine: `node --import tsx glue-job.ts JSON`, with `{job, script, arguments}`. As Glue does it, the script and the jars of
 * `--extra-jars` are fetched with the rights of the job, the script is compiled against them, and Spark runs the class of `--class` with all
 * arguments. Iceberg is there only with `--datalake-formats`.
 * https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
 */
interface GlueRun {
  job: string;
  script: string;
  arguments: Record<string, string>;
}

async function main(text: string | undefined): Promise<number> {
  const { job, script, arguments: given } = JSON.parse(text ?? '') as GlueRun;
  if (given['--job-language'] !== 'scala') throw new Error('only scripts in Scala are run here');
  const { env } = process;
  const region = env['AWS_REGION'] ?? 'us-east-1';
  const folder = mkdtempSync(join(tmpdir(), 'cryptodm-glue-'));
  try {
    const [conf, classes] = [join(folder, 'conf'), join(folder, 'classes')];
    for (const path of [conf, classes]) mkdirSync(path);
    writeFileSync(join(conf, 'core-site.xml'), renderCoreSite(env['AWS_ENDPOINT_URL'], region));
    const source = await fetchJar(script, folder, region);
    const extra: string[] = [];
    for (const uri of (given['--extra-jars'] ?? '').split(',').filter((one) => one !== '')) {
      extra.push(await fetchJar(uri, folder, region));
    }
    await compile(source, classes, extra);
    const hasIceberg = given['--datalake-formats'] === 'iceberg';
    const java = await javaArgs(folder, conf, [classes, ...extra], (jar) => hasIceberg || !/iceberg/.test(jar));
    // One argument holds all settings: `--conf` has `a=b --conf c=d`.
    const settings = (given['--conf'] ?? '').split(' --conf ').filter((one) => one !== '');
    const args = [
      ...settings.flatMap((one) => ['--conf', one]),
      ...['--name', job, '--class', given['--class'] ?? 'GlueApp', 'spark-internal'],
      ...Object.entries({ '--JOB_NAME': job, ...given }).flat(),
    ];
    return await run([...java, ...args], folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws Error with what the compiler says */
async function compile(source: string, classes: string, extra: readonly string[]): Promise<void> {
  const { spark } = await prepareServers();
  const compiler = await fetchScalaCompiler();
  const against = [...spark.jars, ...extra].join(delimiter);
  await execa(
    javaCommand(javaHome()),
    ['-cp', compiler.join(delimiter), 'scala.tools.nsc.Main', '-d', classes, '-cp', against, source],
    { stdout: 'inherit', stderr: 'inherit' },
  );
}

if (process.argv[1] === import.meta.filename) {
  process.exitCode = await main(process.argv[2]);
}
