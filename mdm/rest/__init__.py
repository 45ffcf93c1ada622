"""REST plumbing: authentication, problem details, pages, ETag, idempotency."""
