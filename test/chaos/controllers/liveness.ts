// What must work while faults are in effect: decisions alone. A majority of etcd lives while two members live that reach
// each other. A controller uses its own etcd, so one of such a pair answers if it lives itself and clients reach it.

/** What a fault takes away, by the numbers of machines. */
export interface Effects {
  /** Members of etcd that do not work. */
  readonly etcds?: readonly number[];
  /** Controllers that do not work. */
  readonly controllers?: readonly number[];
  /** Machines that clients do not reach. */
  readonly unreachable?: readonly number[];
  /** One-way cuts, as `from>to`. */
  readonly cuts?: readonly string[];
}

/** Whether at least one of the machines has to answer. */
export function mustAnswer(machines: readonly number[], effects: readonly Effects[]): boolean {
  const all = (of: (effects: Effects) => readonly (number | string)[] | undefined) =>
    new Set(effects.flatMap((each) => of(each) ?? []));
  const [etcds, controllers] = [all(({ etcds }) => etcds), all(({ controllers }) => controllers)];
  const [unreachable, cuts] = [all(({ unreachable }) => unreachable), all(({ cuts }) => cuts)];
  const linked = (a: number, b: number) => !cuts.has(`${a}>${b}`) && !cuts.has(`${b}>${a}`);
  const living = machines.filter((each) => !etcds.has(each));
  const answers = (each: number) => !controllers.has(each) && !unreachable.has(each);
  return living.some((a) => living.some((b) => a !== b && linked(a, b) && answers(a)));
}

/** Both directions between a machine and all others. */
export function cutsAround(machine: number, machines: readonly number[], way: 'in' | 'out'): string[] {
  const others = machines.filter((each) => each !== machine);
  return others.map((each) => (way === 'in' ? `${each}>${machine}` : `${machine}>${each}`));
}
