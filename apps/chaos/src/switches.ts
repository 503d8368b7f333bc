/**
 * Whether the gate keeps budgets and `Idempotency-Key`: F18, F19 and I4 ask it for both, by what the public interface
 * documents. Off until it does.
 */
export const BUDGETS_AND_KEYS: boolean = false;
