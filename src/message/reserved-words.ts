/** Words that a selector reserves, in any case, and that no property may be named (JMS 3.1 §3.8.1.1). */
export const RESERVED_WORDS = [
  'NULL',
  'TRUE',
  'FALSE',
  'NOT',
  'AND',
  'OR',
  'BETWEEN',
  'LIKE',
  'IN',
  'IS',
  'ESCAPE',
] as const
