/** A value of the deployment that can't be deployed; the message is for the user. */
export class Refusal extends Error {}
