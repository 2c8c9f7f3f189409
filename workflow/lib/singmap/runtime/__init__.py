"""What every job needs and no number depends on: an edit here reruns nothing."""
