/** One container: the host that it is on, and its name there. */
export interface ContainerRef {
  readonly host: string;
  readonly name: string;
}
