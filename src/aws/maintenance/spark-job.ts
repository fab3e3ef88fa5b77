/** The main that does the maintenance by Spark, on EMR and in Glue. */
export const maintenanceMain = {
  id: 'optimize',
  jar: 'IcebergOptimize-1.0.jar',
  mainClass: 'io.cryptodm.optimize.IcebergOptimize',
} as const;

/**
 * Where it runs in Glue: the version with the Spark (3.5.6), Scala (2.12), Java (17) and Iceberg (1.10.0) of EMR 7.12, and the fewest workers that a job
 * has, one of which is the driver. https://docs.aws.amazon.com/glue/latest/dg/migrating-version-51.html
 */
export const glueMaintenance = { version: '5.1', worker: 'G.1X', workers: 2, timeoutMinutes: 120 } as const;

/** The argument of the job that holds those of the main. */
export const glueArgument = 'maintenance';

/**
 * Arguments of the main in one argument of Glue, as `table=crypto_db.crypto_quote,retain=3600,dry-run`. Arguments of a job are a map, so that none can be there twice, and a value
 * that begins with two hyphens would be taken for a name.
 * @param args flags with and without a value; no value has a comma
 */
export function renderGlueArgument(args: readonly string[]): string {
  const parts: string[] = [];
  for (const argument of args) {
    if (argument.startsWith('--')) parts.push(argument.slice(2));
    else parts.push(`${parts.pop() ?? ''}=${argument}`);
  }
  return parts.join(',');
}

/** The class of the script, which the job names. */
export const glueScriptClass = 'GlueOptimize';

/**
 * The script, which Glue compiles when a run starts: a job of Glue needs one, and all that it does is to pass the arguments on. The main ends the process
 * only when it fails, which Glue counts as a failure.
 * Arguments: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
 */
export const glueScript = `import ${maintenanceMain.mainClass}

object ${glueScriptClass} {
  def main(arguments: Array[String]): Unit = {
    val given = arguments(arguments.indexOf("--${glueArgument}") + 1)
    IcebergOptimize.main(given.split(",").flatMap { part =>
      val Array(name, value @ _*) = part.split("=", 2)
      s"--$name" +: value.toArray
    })
  }
}
`;
