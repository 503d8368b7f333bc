/** Says whether this process is on its way out. Readiness follows it, so that no new work is sent here. */
export class Draining {
  private begun = false;

  /** From now on the process is not ready. Cannot be taken back. */
  begin(): void {
    this.begun = true;
  }

  get isDraining(): boolean {
    return this.begun;
  }
}
