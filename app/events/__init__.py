"""What the EHR starts: subscriptions and CDS Hooks."""
