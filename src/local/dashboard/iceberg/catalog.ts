import { Fault } from '../../../errors.ts';
import type { CatalogView } from '../../../lake/views.ts';
import { keepReferenced } from '../../../tools/iceberg/metadata.ts';
import { readMetadataText, readTablePointers, type TablePointer } from '../../tables/catalog.ts';
import { viewAnswer, type ViewPlace } from './view-metadata.ts';

/** A name in the catalog, such as `['crypto_db', 'crypto_quote']`. */
export type Name = readonly string[];

/** Which snapshots of a table its metadata names: all, or those of branches and tags. */
export type Snapshots = 'all' | 'refs';

/** How often a table is looked up whose metadata file maintenance has removed meanwhile. */
const attempts = 3;

/** The views of a lake, and whose they are. */
export interface LakeViews extends ViewPlace {
  views: readonly CatalogView[];
}

/**
 * Tables and views of a lake as Iceberg's REST catalogs show them. Nothing is kept: each answer about a table is what the writers' catalog says now,
 * and the views are those of the declaration.
 */
export class IcebergCatalog {
  /** @param catalogFile the SQLite file of the writers' catalog */
  constructor(
    private readonly catalogFile: string,
    private readonly declared: LakeViews,
  ) {}

  /** Namespaces directly below another one, or the outermost ones. @returns undefined when there is no such parent */
  async namespaces(parent: Name): Promise<Name[] | undefined> {
    const all = (await readTablePointers(this.catalogFile)).map((pointer) => namespaceOf(pointer));
    const below = all.filter((name) => parent.every((part, place) => name[place] === part));
    if (parent.length > 0 && below.length === 0) return undefined;
    const names = below.filter(({ length }) => length > parent.length).map((name) => name.slice(0, parent.length + 1));
    return [...new Map(names.map((name) => [name.join('.'), name])).values()];
  }

  /** Names of the tables in a namespace. @returns undefined when there is no such namespace */
  async tables(namespace: Name): Promise<string[] | undefined> {
    if ((await this.namespaces(namespace)) === undefined) return undefined;
    const its = (await readTablePointers(this.catalogFile)).filter(
      (pointer) => namespaceOf(pointer).join('.') === namespace.join('.'),
    );
    return its.map(({ name }) => name.slice(name.lastIndexOf('.') + 1));
  }

  async hasTable(table: Name): Promise<boolean> {
    return (await this.find(table)) !== undefined;
  }

  /**
   * The answer to the question for a table, as JSON: the metadata file goes out as it was written.
   *
   * @returns undefined when there is no such table
   * @throws Fault of kind `part` when its metadata file stays away
   */
  async load(table: Name, snapshots: Snapshots): Promise<string | undefined> {
    let away: unknown;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const location = await this.find(table);
      if (location === undefined) return undefined;
      try {
        const text = await readMetadataText(location);
        const metadata = snapshots === 'refs' ? keepReferenced(text) : text;
        return `{"metadata-location":${JSON.stringify(location)},"metadata":${metadata},"config":{}}`;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        away = error;
      }
    }
    throw new Fault('part', `the metadata file of ${table.join('.')} is gone`, {
      next: 'Run "cryptodm tables repair".',
      cause: away,
    });
  }

  /** Names of the views in a namespace. @returns undefined when there is no such namespace */
  async views(namespace: Name): Promise<string[] | undefined> {
    if ((await this.namespaces(namespace)) === undefined) return undefined;
    return this.viewsIn(namespace).map(({ name }) => name);
  }

  /** The answer to the question for a view. @returns undefined when there is no such view */
  async loadView(view: Name): Promise<Record<string, unknown> | undefined> {
    const namespace = view.slice(0, -1);
    if ((await this.namespaces(namespace)) === undefined) return undefined;
    const found = this.viewsIn(namespace).find(({ name }) => name === view.at(-1));
    return found === undefined ? undefined : viewAnswer(found, this.declared);
  }

  private viewsIn(namespace: Name): CatalogView[] {
    return this.declared.views.filter(({ database }) => database === namespace.join('.'));
  }

  private async find(table: Name): Promise<string | undefined> {
    const name = table.join('.');
    return (await readTablePointers(this.catalogFile)).find((pointer) => pointer.name === name)?.metadataLocation;
  }
}

function namespaceOf({ name }: TablePointer): Name {
  return name.split('.').slice(0, -1);
}
