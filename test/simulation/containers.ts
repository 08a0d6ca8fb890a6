// The containers of a history, wherever their copies are, and their invariants: two copies never run at the same
// time, and a copy that starts has all data that was ever written. Data is a counter: each run of a copy adds one to
// the highest value of any copy.
export interface Instance {
  name: string;
  /** The container that it is a copy of. */
  readonly container: Container;
  status: 'Stopped' | 'Running' | 'Frozen';
  ephemeral: boolean;
  config: Record<string, string>;
  devices: Record<string, Record<string, string>>;
  snapshots: string[];
  /** Its data; below 0 after an interrupted pass. */
  data: number;
  etag: number;
}

export class Container {
  /** The newest data of any copy. */
  newest = 1;
  /** A user's action decides about it. */
  isDeletedByPerson = false;
  isStoppedByPerson = false;
  isRenamedByPerson = false;
  /** When a user did anything with it last. */
  touchedAtMs = 0;
  /** What a user made of it that has to be there in the end, as in `snapshot mine`. */
  readonly changes = new Set<string>();
  readonly copies = new Map<Instance, string>();
  /** The volume that a copy attaches; absent for a container that has none. */
  volumeOf: ((instance: Instance, host: string) => { data: number } | undefined) | undefined;

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
    const volume = this.volumeOf?.(instance, host);
    if (this.volumeOf && volume?.data !== this.newest) {
      const what = volume ? `with an old volume (${volume.data} of ${this.newest})` : 'without its volume';
      this.report(`${this.name} starts on ${host} ${what}`);
    }
    instance.status = 'Running';
    instance.config['volatile.last_state.power'] = 'RUNNING';
    instance.etag++;
    this.#write(instance);
  }

  #write(instance: Instance): void {
    this.newest = ++instance.data;
    const volume = this.volumeOf?.(instance, this.copies.get(instance) ?? '?');
    if (volume) volume.data = this.newest;
  }

  /** `power` is the state that the daemon records when it sees it stop. */
  stop(instance: Instance, power: 'STOPPED' | undefined): void {
    if (instance.status === 'Stopped') return;
    instance.status = 'Stopped';
    if (power) instance.config['volatile.last_state.power'] = power;
    instance.etag++;
    this.#write(instance);
  }

  /** It failed its check, and somebody has ordered that it goes back: what it wrote is in this copy alone. */
  setAside(instance: Instance): void {
    this.copies.delete(instance);
    this.newest = Math.max(...[...this.copies.keys()].map(({ data }) => data));
  }

  delete(instance: Instance): void {
    this.copies.delete(instance);
  }
}
