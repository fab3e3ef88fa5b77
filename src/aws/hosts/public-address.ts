import * as z from 'zod';
import { Fault } from '../../errors.ts';

const service = 'https://checkip.amazonaws.com';

/** The address under which the internet sees this machine. */
export async function publicAddress(signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(service, { signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]) });
    return z.ipv4().parse((await response.text()).trim());
  } catch (error) {
    throw new Fault('outside', 'this machine’s public address is not known: only it shall reach the producer host', {
      where: service,
      next: 'Set "aws.caller" in cryptodm.yaml to the address (such as 203.0.113.7), then run it again.',
      cause: error,
    });
  }
}
