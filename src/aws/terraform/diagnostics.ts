import { Fault } from '../../errors.ts';

/** https://developer.hashicorp.com/terraform/internals/machine-readable-ui, "Diagnostic" */
export interface Diagnostic {
  severity: 'error' | 'warning';
  summary: string;
  detail?: string;
  address?: string;
}

interface Known {
  pattern: RegExp;
  kind: 'environment' | 'settings' | 'outside' | 'locked';
  message: (text: string) => string;
  next: string;
}

const again = 'then run the same command: it goes on where it stopped.';

/** EC2's own text, which EMR passes on as the reason for the end of a cluster. */
const noCapacity =
  /do not have sufficient \S+ capacity|InsufficientInstanceCapacity|insufficient (instance )?capacity/i;

/** Failures with a known fix, by the error codes of AWS and Elastic Cloud that providers pass on. */
const knownFailures: Known[] = [
  {
    pattern: /root\.unauthenticated/,
    kind: 'settings',
    message: () => 'Elastic Cloud does not accept the API key',
    next: 'Run "cryptodm secrets set elastic-cloud" with one that is valid, then run the same command.',
  },
  {
    pattern: /region_not_found/,
    kind: 'settings',
    message: () => 'Elastic Cloud has no such region',
    next: 'Remove "elastic.cloud.region" from cryptodm.yaml, so that it is that of the lake, or set it to one that Elastic Cloud has.',
  },
  {
    pattern:
      /ExpiredToken|RequestExpired|InvalidClientTokenId|UnrecognizedClientException|security token .* is (invalid|expired)/i,
    kind: 'environment',
    message: () => 'AWS does not accept the credentials (they expired or are wrong)',
    next: `Sign in again, ${again}`,
  },
  {
    pattern: /No valid credential sources/i,
    kind: 'environment',
    message: () => 'no AWS credentials were found',
    next: `Sign in ("aws sso login", "aws configure"), ${again}`,
  },
  {
    pattern: /AccessDenied|UnauthorizedOperation|not authorized to perform|AuthorizationError/i,
    kind: 'outside',
    message: (text) =>
      `no permission for ${/perform:? ([\w-]+:\w+)/.exec(text)?.[1] ?? /operation error ([\w ]+: \w+)/.exec(text)?.[1] ?? 'a service'}`,
    next: `Give this user the permission (docs/aws.md lists all that are needed), ${again}`,
  },
  {
    pattern: /BucketAlreadyExists/,
    kind: 'outside',
    message: () => 'another account has a bucket of this name: bucket names are unique across all accounts',
    next: 'Choose another prefix: "aws.prefix" in cryptodm.yaml or --prefix.',
  },
  {
    pattern: /Error acquiring the state lock/i,
    kind: 'locked',
    message: (text) =>
      `another Terraform run holds the state${/Who:\s*(\S+)/.exec(text)?.[1] === undefined ? '' : ` (${/Who:\s*(\S+)/.exec(text)?.[1] ?? ''})`}`,
    next: 'Wait for it to end, then run the same command.',
  },
  {
    pattern: noCapacity,
    kind: 'outside',
    message: () => 'AWS has no instances of this type left in the zone',
    next: `Wait an hour, or choose another type ("aws.emr.primary", "aws.emr.core", "aws.host.type" in cryptodm.yaml), ${again}`,
  },
  {
    pattern: /LimitExceeded|quota|VcpuLimit|AddressLimit/i,
    kind: 'outside',
    message: () => 'a quota of the account is used up',
    next: `Ask AWS to raise it (Service Quotas) or remove what is not needed, ${again}`,
  },
  {
    pattern: /no such host|connection refused|i\/o timeout|dial tcp|TLS handshake/i,
    kind: 'outside',
    message: () => 'AWS, Elastic Cloud or the provider registry can’t be reached',
    next: `Check the network, ${again}`,
  },
];

const existsAlready =
  /AlreadyExists|already exists|ResourceConflict|ConflictException|Duplicate|already associated|already enabled/i;

/** One fault for all errors of a Terraform run: it begins with the first failure that has a known fix. */
export function explainDiagnostics(
  diagnostics: Diagnostic[],
  run: { what: string; said: string; cause: unknown },
): Fault {
  const texts = diagnostics.map(describe);
  const whole = texts.length > 0 ? texts.join('\n') : run.said.split('\n').slice(-8).join('\n');
  const known = knownFailures.find(({ pattern }) => pattern.test(whole));
  // Resources that exist but are not in the state: a killed run may have made them.
  const conflicts = diagnostics.flatMap(({ address, ...said }) =>
    address !== undefined && existsAlready.test(describe(said)) ? [address] : [],
  );
  const full = diagnostics.flatMap(({ address, ...said }) =>
    address !== undefined && noCapacity.test(describe(said)) ? [address] : [],
  );
  const where = diagnostics.find(({ address }) => address !== undefined)?.address;
  return new Fault(
    known?.kind ?? 'outside',
    known === undefined ? `${run.what}: ${whole}` : `${known.message(whole)}\n${whole}`,
    {
      ...(where === undefined ? {} : { where }),
      facts: { ...(conflicts.length === 0 ? {} : { conflicts }), ...(full.length === 0 ? {} : { full }) },
      next: known?.next ?? 'Correct what it names, then run the same command: it goes on where it stopped.',
      cause: run.cause,
    },
  );
}

function describe({ summary, detail, address }: Diagnostic): string {
  const first = (detail ?? '').trim();
  const text = first === '' || summary.includes(first) ? summary : `${summary}: ${first}`;
  return address === undefined ? text : `${address}: ${text}`;
}
