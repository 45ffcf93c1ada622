"""Texts that attack: pieces of SQL and of the ORM, and what a browser would run."""

import re

_SQL = (
    "' OR '1'='1",
    "1; DROP TABLE customers_customer",
    "id) UNION SELECT secret_digest FROM security_apiclient--",
    "pg_sleep(5)",
    "name__startswith",
    "user__password__startswith",
    "golden__org__path__contains",
    "-id,(SELECT 1)",
    "id\x00",
    "%27%20OR%201=1",
    "{}__class__",
    "org__users__password",
    "1e999",
    "9" * 40,
    "-1",
    "NaN",
    "true)--",
    "ＯＲ１＝１",
    "\\'; --",
    "$1",
    "%s%s%s",
    "{{7*7}}",
    "${7*7}",
    "../../etc/passwd",
    "CASE WHEN 1=1 THEN id END",
)
INJECTIONS = [
    f"{before}{piece}{after}"
    for piece in _SQL
    for before in ("", "A", " ", "-")
    for after in ("", "'", "--", "/*", "\\")
]

#: What a browser would run of them, were it not text.
RUNS = re.compile(r"<script>alert|<img src=x|<svg onload|<iframe srcdoc|<a href=.javascript")
SCRIPTS = [
    f"{before}<{tag}{after}"
    for tag in (
        "script>alert(1)</script>",
        "img src=x onerror=alert(1)>",
        "svg onload=alert(1)>",
        "a href='javascript:alert(1)'>x</a>",
        "iframe srcdoc='<script>1</script>'>",
    )
    for before in ("", "\"'>", "]]>", "-->", "</title>", "</textarea>", "{{", "'", "&lt;", "\\u003c")
    for after in ("", '"', "//", "<!--")
]
