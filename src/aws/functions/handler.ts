import { Fault } from '../../errors.ts';
import { readEnvironment, type LakeEnvironment } from './environment.ts';

/** What a function does for an event; its answer goes back as JSON. */
export type Act<Answer> = (lake: LakeEnvironment, event: unknown) => Promise<Answer>;

/** A handler as Lambda calls it. Each call writes one line of JSON to the log; Lambda reports what it throws. */
export function handle<Answer>(act: Act<Answer>): (event: unknown) => Promise<Answer> {
  return async (event) => {
    try {
      const answer = await act(readEnvironment(), event ?? {});
      log({ answer });
      return answer;
    } catch (error) {
      if (error instanceof Fault) log({ error: error.message, where: error.where, next: error.next });
      throw error;
    }
  };
}

function log(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
