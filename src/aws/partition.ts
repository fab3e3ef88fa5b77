/** The part of AWS that a region is in: it is in every ARN. */
export function partitionOf(region: string): 'aws' | 'aws-cn' | 'aws-us-gov' {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/** End of the host names of AWS's services in a region. */
export function domainOf(region: string): string {
  return partitionOf(region) === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
}

/** Services whose principal has another end in China; the others have the same everywhere. */
const named = new Set(['ec2', 'elasticmapreduce']);

/**
 * The principal of a service in trust policies, such as `ec2.amazonaws.com`.
 * Ends: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html, "AWS service principals"
 */
export function principalOf(service: string, region: string): string {
  return `${service}.${named.has(service) ? domainOf(region) : 'amazonaws.com'}`;
}
