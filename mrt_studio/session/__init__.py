"""The session: artifacts by content key, jobs in worker processes, events, history."""
