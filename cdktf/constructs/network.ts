import {
  Construct,
  DataAwsAvailabilityZones,
  DefaultSecurityGroup,
  Eip,
  Fn,
  InternetGateway,
  NatGateway,
  Route,
  RouteTable,
  RouteTableAssociation,
  Subnet,
  Vpc,
  VpcEndpoint,
  type ITerraformDependable,
} from '../imports.ts';
import { leftOutZones } from '../../src/aws/deployment/zones.ts';
import type { ResourceNames } from '../names.ts';

export interface NetworkProps {
  names: ResourceNames;
  /** how many zones it spans */
  zones: number;
}

/** EMR's managed policy works only on networks with this tag. */
export const emrTag = { 'for-use-with-amazon-emr-managed-policies': 'true' };

/** One public subnet, a private one in each zone behind one NAT gateway, and an endpoint for S3. */
export class Network extends Construct {
  readonly vpc: Vpc;
  readonly publicSubnet: Subnet;
  readonly privateSubnets: Subnet[];
  /** AWS's list of the addresses of S3 in the region */
  readonly s3PrefixListId: string;
  readonly natGatewayId: string;
  /** dependencies of what needs the internet when it starts */
  readonly wayOut: ITerraformDependable[];

  constructor(scope: Construct, id: string, { names, zones: zoneCount }: NetworkProps) {
    super(scope, id);
    const named = (name: string) => ({ Name: names.named(name) });
    this.vpc = new Vpc(this, 'vpc', {
      cidrBlock: '10.64.0.0/16',
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: { ...named('network'), ...emrTag },
    });
    const vpcId = this.vpc.id;
    // What is started without a group of its own can reach nothing.
    new DefaultSecurityGroup(this, 'default-group', { vpcId, tags: named('unused') });
    const zones = new DataAwsAvailabilityZones(this, 'zones', {
      state: 'available',
      excludeZoneIds: leftOutZones,
      filter: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }],
    });
    const subnet = (name: string, cidrBlock: string, zone: number, tags = {}) =>
      new Subnet(this, name, {
        vpcId,
        cidrBlock,
        availabilityZone: Fn.element(zones.names, zone) as string,
        mapPublicIpOnLaunch: false,
        tags: { ...named(name), ...tags },
        // A zone that opens later must not move an existing subnet.
        lifecycle: { ignoreChanges: ['availability_zone'] },
      });
    this.publicSubnet = subnet('public', '10.64.0.0/24', 0);
    this.privateSubnets = Array.from({ length: zoneCount }, (_, zone) =>
      subnet(`private-${String(zone + 1)}`, `10.64.${String(16 * (zone + 1))}.0/20`, zone, emrTag),
    );

    const gateway = new InternetGateway(this, 'gateway', { vpcId, tags: named('gateway') });
    const publicTable = new RouteTable(this, 'public-routes', { vpcId, tags: named('public') });
    const outward = new Route(this, 'public-route', {
      routeTableId: publicTable.id,
      destinationCidrBlock: '0.0.0.0/0',
      gatewayId: gateway.id,
    });
    const publicAssociation = new RouteTableAssociation(this, 'public-association', {
      subnetId: this.publicSubnet.id,
      routeTableId: publicTable.id,
    });
    const address = new Eip(this, 'nat-address', { domain: 'vpc', tags: named('nat'), dependsOn: [gateway] });
    const nat = new NatGateway(this, 'nat', {
      allocationId: address.id,
      subnetId: this.publicSubnet.id,
      tags: named('nat'),
      dependsOn: [outward, publicAssociation],
    });
    this.natGatewayId = nat.id;
    const privateTable = new RouteTable(this, 'private-routes', { vpcId, tags: named('private') });
    const throughNat = new Route(this, 'private-route', {
      routeTableId: privateTable.id,
      destinationCidrBlock: '0.0.0.0/0',
      natGatewayId: nat.id,
    });
    const privateAssociations = this.privateSubnets.map(
      ({ id: subnetId }, zone) =>
        new RouteTableAssociation(this, `private-association-${String(zone + 1)}`, {
          subnetId,
          routeTableId: privateTable.id,
        }),
    );
    const s3 = new VpcEndpoint(this, 's3', {
      vpcId,
      serviceName: `com.amazonaws.${names.region}.s3`,
      vpcEndpointType: 'Gateway',
      routeTableIds: [publicTable.id, privateTable.id],
      tags: named('s3'),
    });
    this.s3PrefixListId = s3.prefixListId;
    this.wayOut = [outward, publicAssociation, throughNat, ...privateAssociations, s3];
  }
}
