/** One thing to make, as data: it can be printed, stored, compared and tested without doing anything. */
export interface Step {
  /** unique in a plan, such as `kafka` */
  id: string;
  /** which kind of step does it */
  kind: string;
  /** what a person reads, such as `Kafka 4.4.0` */
  title: string;
  /** ids of the steps that must stand before */
  needs: string[];
  /** everything the kind must know; never a secret, because it is written to the journal */
  inputs: unknown;
  /** ids of steps that this one does not need to start, but that must outlive it when things are taken away */
  before?: string[];
  /** housekeeping that a person need not see unless it fails */
  minor?: boolean;
  /** holds what people would miss: `down --keep-data` leaves it */
  data?: boolean;
}

export interface StepContext {
  signal: AbortSignal;
  /** what a step that this one needs has left, by step id */
  outputs: (id: string) => unknown;
  /** a line for people about what goes on */
  note: (text: string) => void;
  /** how far it is; replaces what it said before */
  progress?: (text: string) => void;
}

export interface StepResult {
  outputs?: unknown;
  /** shown beside the title, such as an address */
  detail?: string;
}

/** How a kind of step is looked at, made and taken away; the three stand side by side in one file. */
export interface StepKind<Inputs = unknown, Outputs = unknown> {
  /** the result when it stands just as the inputs say, else undefined; never changes anything */
  check: (inputs: Inputs, outputs: Outputs | undefined, context: StepContext) => Promise<StepResult | undefined>;
  run: (inputs: Inputs, context: StepContext) => Promise<StepResult>;
  /** takes away what `run` made, as far as it is there */
  undo: (inputs: Inputs, outputs: Outputs | undefined, context: StepContext) => Promise<void>;
}

/** Kinds by name. Inputs were checked by the kind's own schema when the step was made or read from the journal. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a registry holds kinds of many inputs
export type StepKinds = Record<string, StepKind<any, any>>;
