"""Files sent to the screens: held in memory and bounded, whichever page they are sent to."""

from typing import Any, ClassVar

from django.core.exceptions import RequestDataTooBig

from mdm.rest.uploads import UPLOAD_LIMIT, InMemoryHandler


class BoundedHandler(InMemoryHandler):
    """FILE_UPLOAD_HANDLERS: refuses a form that announces more than the limit, before reading it (413)."""

    limit: ClassVar[int] = UPLOAD_LIMIT

    def handle_raw_input(self, *args: Any, **options: Any) -> None:
        """`args` are the stream, the headers and the announced length, as Django hands them over."""
        if args[2] > self.limit:
            raise RequestDataTooBig("the form with its files is larger than the screens take")
        super().handle_raw_input(*args, **options)
