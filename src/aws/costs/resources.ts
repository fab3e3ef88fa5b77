/** A managed resource of Terraform, with the values that are known. */
export interface CostedResource {
  address: string;
  type: string;
  values: Record<string, unknown>;
}

interface Module {
  resources?: { address: string; mode?: string; type: string; values?: Record<string, unknown> }[];
  child_modules?: Module[];
}

interface StateFile {
  resources?: {
    mode: string;
    type: string;
    name: string;
    module?: string;
    instances?: { index_key?: string | number; attributes?: Record<string, unknown> }[];
  }[];
}

/**
 * The managed resources of a plan or a state as `terraform show -json` writes them
 * (https://developer.hashicorp.com/terraform/internals/json-format), or of a state file itself (version 4).
 */
export function readResources(json: unknown): CostedResource[] {
  const { planned_values, values, resources } = json as {
    planned_values?: { root_module?: Module };
    values?: { root_module?: Module };
  } & StateFile;
  if (planned_values !== undefined) return ofModule(planned_values.root_module ?? {});
  if (values !== undefined) return ofModule(values.root_module ?? {});
  return (resources ?? [])
    .filter(({ mode }) => mode === 'managed')
    .flatMap(({ type, name, module, instances = [] }) =>
      instances.map(({ index_key, attributes = {} }) => ({
        address: `${module === undefined ? '' : `${module}.`}${type}.${name}${index_key === undefined ? '' : `[${JSON.stringify(index_key)}]`}`,
        type,
        values: attributes,
      })),
    );
}

function ofModule(module: Module): CostedResource[] {
  const own = (module.resources ?? [])
    .filter(({ mode }) => mode !== 'data')
    .map(({ address, type, values = {} }) => ({ address, type, values }));
  return [...own, ...(module.child_modules ?? []).flatMap(ofModule)];
}

/** A value inside nested blocks; Terraform writes a single block as a list of one. */
export function valueAt(values: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((at, key) => {
    const block: unknown = Array.isArray(at) ? at[0] : at;
    return typeof block === 'object' && block !== null ? (block as Record<string, unknown>)[key] : undefined;
  }, values);
}
