"""Other servers: peers, sync, bundles, and the hook that judges pushes."""
