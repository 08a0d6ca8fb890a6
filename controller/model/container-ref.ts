/** One container: its host, and its name there. */
export interface ContainerRef {
  readonly host: string;
  readonly name: string;
}
