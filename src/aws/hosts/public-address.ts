import * as z from 'zod';
import { Fault } from '../../errors.ts';

const service = 'https://checkip.amazonaws.com';

/** The public address of this machine. */
export async function publicAddress(signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(service, { signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]) });
    return z.ipv4().parse((await response.text()).trim());
  } catch (error) {
    throw new Fault(
      'outside',
      'the public address of this machine, the only one that may reach the producer host, is not known',
      {
        where: service,
        next: 'Set "aws.caller" in cryptodm.yaml to the address (such as 203.0.113.7), then run the same command.',
        cause: error,
      },
    );
  }
}
