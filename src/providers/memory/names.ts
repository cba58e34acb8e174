/** Where rejected messages go, whichever destination they come from. */
export const DEAD_LETTER_QUEUE = 'DLQ'
