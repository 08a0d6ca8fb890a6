// The containers of a history, wherever their copies are, and what must always be true of them: at no time do two
// copies run, and a copy that starts has all that was ever written. Data is a counter: each time a copy has run,
// it has one more than any copy before.
export interface Instance {
  name: string;
  /** Which container it is a copy of. */
  readonly container: Container;
  status: 'Stopped' | 'Running' | 'Frozen';
  ephemeral: boolean;
  config: Record<string, string>;
  devices: Record<string, Record<string, string>>;
  snapshots: string[];
  /** What it holds; less than 0 where a pass broke off. */
  data: number;
  etag: number;
}

export class Container {
  /** The newest data that any copy has had. */
  newest = 1;
  /** What a person did to it decides what becomes of it. */
  isDeletedByPerson = false;
  isStoppedByPerson = false;
  readonly copies = new Map<Instance, string>();

  constructor(
    readonly name: string,
    private readonly report: (violation: string) => void,
  ) {}

  copy(host: string, status: Instance['status'], data: number, config: Instance['config']): Instance {
    const instance: Instance = {
      name: this.name,
      container: this,
      status: 'Stopped',
      ephemeral: false,
      config,
      devices: {},
      snapshots: [],
      data,
      etag: 1,
    };
    this.copies.set(instance, host);
    if (status !== 'Stopped') this.start(instance);
    return instance;
  }

  start(instance: Instance): void {
    const host = this.copies.get(instance) ?? '?';
    for (const [other, where] of this.copies) {
      if (other !== instance && other.status !== 'Stopped') {
        this.report(`two copies of ${this.name} run: on ${where} and on ${host}`);
      }
    }
    if (instance.data !== this.newest) {
      this.report(`${this.name} starts on ${host} with old data (${instance.data} of ${this.newest})`);
    }
    instance.status = 'Running';
    instance.config['volatile.last_state.power'] = 'RUNNING';
    instance.etag++;
    this.newest = ++instance.data;
  }

  /** `power` is what the daemon remembers of it, when it sees it stop. */
  stop(instance: Instance, power: 'STOPPED' | undefined): void {
    if (instance.status === 'Stopped') return;
    instance.status = 'Stopped';
    if (power) instance.config['volatile.last_state.power'] = power;
    instance.etag++;
    this.newest = ++instance.data;
  }

  delete(instance: Instance): void {
    this.copies.delete(instance);
  }
}
