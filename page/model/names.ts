/** LXD's rule. */
export const containerNamePattern = '[a-zA-Z]([a-zA-Z0-9\\-]{0,61}[a-zA-Z0-9])?';
