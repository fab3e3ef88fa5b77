import {
  Construct,
  SecurityGroup,
  VpcSecurityGroupEgressRule,
  VpcSecurityGroupIngressRule,
  type ITerraformDependable,
} from '../imports.ts';
import type { ResourceNames } from '../names.ts';
import { emrTag } from './network.ts';

export interface FirewallProps {
  names: ResourceNames;
  vpcId: string;
  /** `a.b.c.d/32`, the only address that may use SSH; absent: nobody may */
  callerCidr?: string | undefined;
  /** TCP ports of Elasticsearch */
  searchPorts: number[];
  /** AWS's list of the addresses of S3 in the region */
  s3PrefixListId: string;
}

const groups = {
  stream: 'MSK brokers',
  producers: 'producer host',
  primary: 'EMR primary node',
  core: 'EMR core nodes',
  service: 'EMR service access',
} as const;
type Group = keyof typeof groups;

interface Rule {
  from: Group | { cidr: string };
  to: Group | { cidr: string } | { prefixListId: string };
  /** absent: every port and protocol */
  port?: number;
}

const anywhere = { cidr: '0.0.0.0/0' };

/** Allowed connections. EMR adds rules between its nodes that are missing here to its groups. */
function rulesOf({ callerCidr, searchPorts, s3PrefixListId }: FirewallProps): Rule[] {
  const nodes: Group[] = ['primary', 'core'];
  const outward = [...new Set([443, ...searchPorts])];
  return [
    ...(callerCidr === undefined ? [] : [{ from: { cidr: callerCidr }, to: 'producers' as const, port: 22 }]),
    { from: 'producers', to: 'stream', port: 9098 },
    { from: 'producers', to: anywhere, port: 443 },
    { from: 'primary', to: 'service', port: 9443 },
    ...nodes.flatMap((node) => [
      { from: node, to: 'stream' as const, port: 9098 },
      { from: 'service' as const, to: node, port: 8443 },
      ...outward.map((port) => ({ from: node, to: anywhere, port })),
      // Packages of EMR's nodes may come from S3 without TLS, signed.
      { from: node, to: { prefixListId: s3PrefixListId }, port: 80 },
      ...nodes.map((other) => ({ from: node, to: other })),
    ]),
  ];
}

/** Security groups that refer to each other; from the internet only SSH from the caller. */
export class Firewall extends Construct {
  readonly groups: Record<Group, SecurityGroup>;
  /** dependencies of what adds its own rules when it starts */
  readonly rules: ITerraformDependable[];

  constructor(scope: Construct, id: string, props: FirewallProps) {
    super(scope, id);
    const { names, vpcId } = props;
    const made = (Object.entries(groups) as [Group, string][]).map(
      ([group, description]) =>
        [
          group,
          new SecurityGroup(this, group, {
            name: names.named(group === 'stream' || group === 'producers' ? group : `emr-${group}`),
            description: `${description} of the lake ${names.prefix}`,
            vpcId,
            // Otherwise groups that refer to each other, and rules that EMR added, prevent each other's removal.
            revokeRulesOnDelete: true,
            tags: { Name: names.named(group), ...(group === 'stream' || group === 'producers' ? {} : emrTag) },
          }),
        ] as const,
    );
    this.groups = Object.fromEntries(made) as Record<Group, SecurityGroup>;
    this.rules = rulesOf(props).flatMap((rule) => this.write(names, rule));
  }

  private write(names: ResourceNames, { from, to, port }: Rule): ITerraformDependable[] {
    const label = (side: Rule['to']) => {
      if (typeof side === 'string') return side;
      return 'prefixListId' in side ? 's3' : side === anywhere ? 'anywhere' : 'caller';
    };
    const name = `${label(from)}-to-${label(to)}${port === undefined ? '' : `-${String(port)}`}`;
    const traffic = port === undefined ? { ipProtocol: '-1' } : { ipProtocol: 'tcp', fromPort: port, toPort: port };
    const peer = (side: Rule['to']) => {
      if (typeof side === 'string') return { referencedSecurityGroupId: this.groups[side].id };
      return 'cidr' in side ? { cidrIpv4: side.cidr } : side;
    };
    const about = { ...traffic, description: name, tags: { Name: names.named(name) } };
    const written: ITerraformDependable[] = [];
    if (typeof to === 'string') {
      const securityGroupId = this.groups[to].id;
      written.push(new VpcSecurityGroupIngressRule(this, `${name}-in`, { securityGroupId, ...peer(from), ...about }));
    }
    if (typeof from === 'string') {
      const securityGroupId = this.groups[from].id;
      written.push(new VpcSecurityGroupEgressRule(this, `${name}-out`, { securityGroupId, ...peer(to), ...about }));
    }
    return written;
  }
}
