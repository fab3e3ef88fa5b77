import type { Lake } from '../lake/schema.ts';
import { choicesOf } from '../settings/production.ts';
import type { Settings } from '../settings/schema.ts';
import { lakeAlias, type KnownSearch } from '../tools/search-identity.ts';
import type { Broker } from '../tools/broker.ts';
import { credentialUser } from './credential.ts';
import { clusterIdOf, readLakeId } from './identity.ts';
import { brokerAddress, dashboardAddress, searchAddress } from './addresses.ts';
import { layOut, type Layout } from './layout.ts';
import { asksForCredential } from './parts/kafka-config.ts';
import { SupervisorClient } from './supervisor/client.ts';

/** A lake on this machine: its settings, where its files are, its addresses, its supervisor and what it declares. */
export class LocalLake {
  readonly layout: Layout;
  readonly supervisor: SupervisorClient;
  private declared: Promise<Lake> | undefined;

  constructor(readonly settings: Settings) {
    this.layout = layOut(settings.paths.data);
    this.supervisor = new SupervisorClient(this.layout.data);
  }

  /** Id of the lake; undefined for one that no `up` of this version has raised. */
  get id(): string | undefined {
    return readLakeId(this.layout);
  }

  /** The broker that runs, which may have been started before the settings changed, or by an earlier version. */
  get broker(): Broker {
    return this.brokerAsking(asksForCredential(this.layout.kafka) ?? this.settings.access.broker === 'credential');
  }

  /** The broker as the next `up` will have it. */
  get declaredBroker(): Broker {
    return this.brokerAsking(this.settings.access.broker === 'credential');
  }

  private brokerAsking(asks: boolean): Broker {
    return {
      bootstrapServers: brokerAddress(this.settings),
      clusterId: clusterIdOf(this.layout),
      ...(asks ? { credential: this.layout.credential } : {}),
    };
  }

  /** How tools of the user sign in where servers of the lake ask for its credential; undefined where none does. */
  get signIn(): { user: string; file: string; servers: string[] } | undefined {
    const { access } = this.settings;
    const servers = [
      ...(this.broker.credential === undefined ? [] : ['Kafka']),
      ...(access.search === 'open' ? [] : ['Elasticsearch']),
      ...(access.dashboard === 'open' ? [] : ['the dashboard and its metrics']),
    ];
    return servers.length === 0 ? undefined : { user: credentialUser, file: this.layout.credential, servers };
  }

  get search(): KnownSearch {
    return { url: searchAddress(this.settings), lake: this.id, credential: this.layout.credential };
  }

  /** The name by which the lake's index is asked, so that no other lake's node answers. @param index its own name */
  indexName(index: string): string {
    const { id } = this;
    return id === undefined ? index : lakeAlias(id);
  }

  /** URL of the dashboard. */
  get dashboard(): string {
    return dashboardAddress(this.settings);
  }

  /** Loaded and checked when first needed, because that takes longer than many a command. */
  declaration(): Promise<Lake> {
    this.declared ??= import('../lake/declaration.ts').then(({ declareLake }) =>
      declareLake(this.settings.coins, '', choicesOf(this.settings)),
    );
    return this.declared;
  }
}
