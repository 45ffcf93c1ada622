"""Set-based writing: ids in blocks, COPY, staging and upsert, all derived from the facets."""
