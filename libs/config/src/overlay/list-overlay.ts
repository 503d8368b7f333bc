import { sql, type Database } from '@switchyard/database';

/** An entry that was changed through the control plane, as the database has it, and who did it. */
interface OverlayLine {
  readonly collection: string;
  readonly name: string;
  readonly changedBy: string;
  readonly changedAt: Date;
}

/** Lists the overlay without looking into it, so that one that does not fit any more can be seen too. */
export async function listOverlay(database: Database): Promise<readonly OverlayLine[]> {
  return await database.query<OverlayLine>(sql`
    select collection, name, changed_by as "changedBy", changed_at as "changedAt" from configuration_entries
     where not deleted order by collection, name collate "C"`);
}
