// The page for unknown addresses: names that are nearly right.
export {};
