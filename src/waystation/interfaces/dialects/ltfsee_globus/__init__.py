"""ltfsee_globus v0.5: state and recall of one file a call, for the Globus stage app."""
