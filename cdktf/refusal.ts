/** A deployment that can't be made as it asks; its message is for the user. */
export class Refusal extends Error {}
