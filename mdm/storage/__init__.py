"""Where things other than rows live: sealed objects, the cache."""
