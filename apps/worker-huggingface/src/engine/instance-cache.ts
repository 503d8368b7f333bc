/** A model in memory. */
export interface Instance {
  /** Of its weights. */
  readonly bytes: number;
  /** Frees it; nothing uses it any more. */
  dispose(): Promise<void>;
}

interface InstanceCacheOptions<Source, Model extends Instance> {
  /** Equal for sources that share a copy. */
  keyOf(source: Source): string;
  /** What a copy is going to take; 0 where that is not known before it is loaded. */
  sizeOf(source: Source): number;
  load(source: Source): Promise<Model>;
  readonly maxBytes: number;
  /** How long a copy that nothing uses stays, in milliseconds. */
  readonly idleMs: number;
  /** What the machine can still give. */
  readonly availableBytes: () => number;
  /** Called when a copy came or went. */
  onChange(): void;
}

interface Entry<Model> {
  readonly loading: Promise<Model>;
  model?: Model;
  /** 0 until there is room for it. */
  bytes: number;
  users: number;
  keepMs: number;
  timer?: NodeJS.Timeout;
}

/** A model that does not fit even with nothing else loaded. */
export class NoRoomError extends Error {
  override readonly name = 'NoRoomError';
  constructor(
    readonly bytes: number,
    readonly maxBytes: number,
  ) {
    super(
      `The model takes ${bytes} bytes, of ${maxBytes} that all together may take; raise instances.maxBytes of its provider.`,
    );
  }
}

/**
 * Keeps one copy of each model that is used: loaded once however many ask for it at once, freed when it was idle for long
 * enough or another needs its room, longest unused first, and never while it is used.
 */
export class InstanceCache<Source, Model extends Instance> {
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry<Model>>();
  readonly #waiting: (() => void)[] = [];
  #turn: Promise<void> = Promise.resolve();

  constructor(private readonly options: InstanceCacheOptions<Source, Model>) {}

  get loaded(): readonly Model[] {
    return [...this.#entries.values()].flatMap(({ model }) => model ?? []);
  }

  isLoaded(source: Source): boolean {
    return this.#entries.get(this.options.keyOf(source))?.model !== undefined;
  }

  /**
   * Runs work with the copy of a source.
   * @param keepMs How long the copy stays after this use. Default `idleMs`; where uses differ, the longest holds.
   * @throws NoRoomError, what loading raised, or what the work raised.
   */
  async use<Result>(source: Source, work: (model: Model) => Promise<Result>, keepMs?: number): Promise<Result> {
    const key = this.options.keyOf(source);
    const entry = this.#entries.get(key) ?? this.#begin(key, source);
    entry.users += 1;
    entry.keepMs = Math.max(entry.keepMs, keepMs ?? this.options.idleMs);
    clearTimeout(entry.timer);
    try {
      return await work(await entry.loading);
    } finally {
      entry.users -= 1;
      if (this.#entries.get(key) === entry) this.#rest(key, entry);
      this.#waiting.splice(0).forEach((resume) => resume());
    }
  }

  #begin(key: string, source: Source): Entry<Model> {
    const { promise, resolve, reject } = Promise.withResolvers<Model>();
    const entry: Entry<Model> = { loading: promise, bytes: 0, users: 0, keepMs: 0 };
    this.#entries.set(key, entry);
    // One after the other: two that wait for each other's room would wait for ever.
    const room = this.#turn.then(() => this.#makeRoom(this.options.sizeOf(source), entry));
    this.#turn = room.catch(() => undefined);
    const load = async (): Promise<Model> => {
      await room;
      const model = await this.options.load(source);
      entry.model = model;
      entry.bytes = model.bytes;
      await this.#freeUnused(() => this.#takenBytes() > this.options.maxBytes);
      this.options.onChange();
      return model;
    };
    load().then(resolve, (error: unknown) => {
      this.#entries.delete(key);
      reject(error);
    });
    return entry;
  }

  /** Frees what is unused until there is room, and waits for what is used. */
  async #makeRoom(bytes: number, entry: Entry<Model>): Promise<void> {
    const { maxBytes, availableBytes } = this.options;
    if (bytes > maxBytes) throw new NoRoomError(bytes, maxBytes);
    const overfull = (): boolean => this.#takenBytes() + bytes > maxBytes;
    await this.#freeUnused(() => overfull() || bytes > availableBytes());
    // Where only the machine is short of it, the system may still find some.
    while (overfull()) {
      await new Promise<void>((resume) => this.#waiting.push(resume));
      await this.#freeUnused(overfull);
    }
    entry.bytes = bytes;
  }

  async #freeUnused(isShort: () => boolean): Promise<void> {
    while (isShort()) {
      const unused = [...this.#entries].find(([, { model, users }]) => model !== undefined && users === 0);
      if (!unused) return;
      await this.#free(...unused);
    }
  }

  /** Of all that are loaded or may be loaded now. */
  #takenBytes(): number {
    return [...this.#entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #rest(key: string, entry: Entry<Model>): void {
    // To the end of the order.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (entry.users > 0 || entry.model === undefined) return;
    entry.timer = setTimeout(() => void this.#free(key, entry), entry.keepMs);
  }

  async #free(key: string, entry: Entry<Model>): Promise<void> {
    clearTimeout(entry.timer);
    this.#entries.delete(key);
    this.options.onChange();
    await entry.model?.dispose();
  }
}
