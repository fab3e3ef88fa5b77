import type { Lake } from '../lake/schema.ts';
import type { Settings } from '../settings/schema.ts';
import { brokerAddress, dashboardAddress, searchAddress } from './addresses.ts';
import { layOut, type Layout } from './layout.ts';
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

  get broker(): { bootstrapServers: string } {
    return { bootstrapServers: brokerAddress(this.settings) };
  }

  get search(): { url: string } {
    return { url: searchAddress(this.settings) };
  }

  /** URL of the dashboard. */
  get dashboard(): string {
    return dashboardAddress(this.settings);
  }

  /** Loaded and checked when first needed, because that takes longer than many a command. */
  declaration(): Promise<Lake> {
    this.declared ??= import('../lake/declaration.ts').then(({ declareLake }) => declareLake(this.settings.coins));
    return this.declared;
  }
}
