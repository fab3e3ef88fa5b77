/** Changes this process's environment, which the AWS SDK reads. @returns a function that restores it */
export function changeEnvironment(changes: Record<string, string | undefined>): () => void {
  const before = Object.keys(changes).map((name) => [name, process.env[name]] as const);
  const write = (name: string, value: string | undefined) => {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  };
  for (const [name, value] of Object.entries(changes)) write(name, value);
  return () => before.forEach(([name, value]) => write(name, value));
}
