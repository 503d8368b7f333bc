import { cutText } from './table.js';

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const CLEAR_LINE = '\r\u001b[2K';

interface ProgressOptions {
  readonly write: (text: string) => void;
  /** A terminal gets one line that changes; everything else gets a line for each thing said. */
  readonly live: boolean;
  /** Columns of the terminal. Default: any number. */
  readonly width?: number | undefined;
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
    if (this.#options.live) return this.update(text);
    this.#text = text;
    this.#options.write(`… ${text}\n`);
  }

  /** Says how far it is, which only a terminal shows: elsewhere each count would be a line. */
  update(text: string): void {
    if (!this.#options.live) return;
    this.#text = text;
    this.#timer ??= setInterval(() => this.#draw(), FRAME_MS);
    this.#draw();
  }

  /** Says what was done; the line stays. */
  done(text: string): void {
    this.note(`✓ ${text}`);
  }

  /** Writes a line that stays. */
  note(text: string): void {
    this.end();
    this.#options.write(`${text}\n`);
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
    const line = `${FRAMES[this.#frame] ?? ''} ${this.#text ?? ''}`;
    // A line that wraps could not be taken away again.
    this.#options.write(`${CLEAR_LINE}${cutText(line, this.#options.width ?? Number.POSITIVE_INFINITY)}`);
  }
}
