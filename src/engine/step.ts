import * as z from 'zod';

/** What a plan and the journal hold of a step, but for its kind. */
export interface StepFacts {
  /** unique in a plan, such as `kafka` */
  id: string;
  /** what a person reads, such as `Kafka 4.4.0` */
  title: string;
  /** ids of the steps that must be there before */
  needs: string[];
  /** ids of the steps whose outputs it takes, by the name that its kind gives them */
  takes: Record<string, string>;
  /** everything the kind must know; never a secret, because it is written to the journal */
  inputs: unknown;
  /** ids of steps that this one does not need to start, but that must outlive it when things are removed */
  before?: string[];
  /** a person need not see it unless it fails */
  minor?: boolean;
  /** holds what people would miss: `down --keep-data` leaves it */
  data?: boolean;
}

/** A step of a plan, made by its kind; also the typed handle of what it leaves. */
export interface Step<Outputs = unknown, Session = never> extends StepFacts {
  kind: AnyKind<Session> & { outputs: z.ZodType<Outputs> };
}

/** A step by its id, typed by the outputs that it leaves. */
export interface Handle<Outputs> {
  readonly id: string;
  readonly kind: { readonly outputs: z.ZodType<Outputs> };
}

type Schemas = Readonly<Record<string, z.ZodType>>;

/** Outputs that a kind takes from other steps. */
type Taken<Takes extends Schemas> = { [Name in keyof Takes]: z.output<Takes[Name]> };

/** Names of the outputs that a step can do without. */
type Optional<Takes extends Schemas> = {
  [Name in keyof Takes]: undefined extends z.output<Takes[Name]> ? Name : never;
}[keyof Takes];

/** A step may leave nothing at times: what it has left is checked once another step takes it. */
type Handles<Takes extends Schemas> = {
  [Name in Exclude<keyof Takes, Optional<Takes>>]: Handle<z.output<Takes[Name]> | undefined>;
} & { [Name in Optional<Takes>]?: Handle<z.output<Takes[Name]> | undefined> };

export interface StepContext<FromOthers = unknown, Session = unknown> {
  signal: AbortSignal;
  /** the outputs of other steps, by the names that the kind gives them */
  taken: FromOthers;
  /** what this machine adds: clients, folders, plans */
  session: Session;
  /** a line for people about what goes on */
  note: (text: string) => void;
  /** how far it is; replaces what it said before */
  progress: (text: string) => void;
}

export type StepResult<Outputs> = {
  /** shown beside the title, such as an address */
  detail?: string | undefined;
  /** making it changed what earlier steps were made from: all steps are checked again */
  again?: boolean;
} & (undefined extends Outputs ? { outputs?: Outputs } : { outputs: Outputs });

/** How a kind of step is checked, made and undone. */
export interface KindDefinition<Inputs, Outputs, Takes extends Schemas, Session> {
  /** as journals hold it */
  name: string;
  inputs: z.ZodType<Inputs>;
  /** absent: it leaves nothing that others could take */
  outputs?: z.ZodType<Outputs>;
  /** shape of the outputs that it takes from other steps */
  takes?: Takes;
  /** the result when it is there just as the inputs say, else undefined; never changes anything */
  check: (
    inputs: Inputs,
    outputs: Outputs | undefined,
    context: StepContext<Taken<Takes>, Session>,
  ) => Promise<StepResult<Outputs> | undefined>;
  run: (inputs: Inputs, context: StepContext<Taken<Takes>, Session>) => Promise<StepResult<Outputs>>;
  /** removes what `run` made, as far as it is there */
  undo: (
    inputs: Inputs,
    outputs: Outputs | undefined,
    context: StepContext<Partial<Taken<Takes>>, Session>,
  ) => Promise<void>;
  /** whether it is still there, at a glance; for what may die while other steps are made and takes their work with it */
  lives?: (inputs: Inputs) => boolean;
}

/** What a plan says of a step. */
type StepPlan<Inputs, Takes extends Schemas> = {
  id: string;
  title: string;
  /** steps that must be there before, beside those whose outputs it takes */
  needs?: { id: string }[];
  before?: { id: string }[];
  minor?: boolean;
  data?: boolean;
  inputs: Inputs;
} & (Record<never, never> extends Handles<Takes> ? { takes?: Handles<Takes> } : { takes: Handles<Takes> });

/** A kind of step: its shapes, its three verbs, and the way to make such a step. */
export interface StepKind<Inputs, Outputs, Takes extends Schemas, Session> extends KindDefinition<
  Inputs,
  Outputs,
  Takes,
  Session
> {
  outputs: z.ZodType<Outputs>;
  takes: Takes;
  step: (plan: StepPlan<Inputs, Takes>) => Step<Outputs, Session>;
}

/** A kind of which no more is known than the session that it needs. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the journal checks inputs and outputs by the kind's own schemas
export type AnyKind<Session = never> = Omit<StepKind<any, any, any, Session>, 'step' | 'takes'> & { takes: Schemas };

/** Defines kinds that need this much of a session. */
export function kindsFor<Session>() {
  return <Inputs, Outputs = undefined, Takes extends Schemas = Record<never, never>>(
    definition: KindDefinition<Inputs, Outputs, Takes, Session>,
  ): StepKind<Inputs, Outputs, Takes, Session> => {
    const kind: StepKind<Inputs, Outputs, Takes, Session> = {
      ...definition,
      outputs: definition.outputs ?? (z.undefined() as unknown as z.ZodType<Outputs>),
      takes: definition.takes ?? ({} as Takes),
      step: ({ id, title, needs = [], takes, before, minor, data, inputs }) => {
        const taken = Object.entries((takes ?? {}) as Record<string, { id: string } | undefined>).flatMap(
          ([name, step]): [string, string][] => (step === undefined ? [] : [[name, step.id]]),
        );
        return {
          id,
          kind,
          title,
          needs: [...new Set([...needs.map((step) => step.id), ...taken.map(([, taken]) => taken)])],
          takes: Object.fromEntries(taken),
          inputs,
          ...(before === undefined ? {} : { before: before.map((step) => step.id) }),
          ...(minor === undefined ? {} : { minor }),
          ...(data === undefined ? {} : { data }),
        };
      },
    };
    return kind;
  };
}

/** Defines a kind that needs nothing but its inputs. */
export const defineKind = kindsFor<unknown>();

/** Shape of a declaration that undoing does not read: one of an older version may look otherwise and is not wrong. */
export function asDeclared<T extends object>() {
  return z.custom<T>((value) => typeof value === 'object' && value !== null);
}
