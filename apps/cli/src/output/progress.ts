const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const CLEAR_LINE = '\r\u001b[2K';

interface ProgressOptions {
  readonly write: (text: string) => void;
  /** A terminal gets one line that changes; everything else gets a line for each thing said. */
  readonly live: boolean;
}

/** Shows what a command is doing. Texts are single lines without control characters. */
export class Progress {
  readonly #options: ProgressOptions;
  #text: string | undefined;
  #frame = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** Says what is being done now. */
  say(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    if (!this.#options.live) return this.#options.write(`… ${text}\n`);
    this.#timer ??= setInterval(() => this.#draw(), FRAME_MS);
    this.#draw();
  }

  /** Says what was done; the line stays. */
  done(text: string): void {
    this.end();
    this.#options.write(`✓ ${text}\n`);
  }

  /** Takes the changing line away. */
  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#options.live && this.#text !== undefined) this.#options.write(CLEAR_LINE);
    this.#text = undefined;
  }

  #draw(): void {
    this.#frame = (this.#frame + 1) % FRAMES.length;
    this.#options.write(`${CLEAR_LINE}${FRAMES[this.#frame] ?? ''} ${this.#text ?? ''}`);
  }
}
