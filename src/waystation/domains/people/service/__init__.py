"""What can be asked about accounts, groups and the policy."""
