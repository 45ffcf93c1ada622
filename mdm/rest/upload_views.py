"""Endpoints that take forms with files: bounded before they are read, and held in memory."""

from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from mdm.rest.operations import Data, Operation
from mdm.rest.parsers import UploadParser
from mdm.rest.uploads import UPLOAD_LIMIT, keep_in_memory
from mdm.rest.views import ApiView


class UploadView(ApiView):
    """A resource some of whose bodies are multipart/form-data."""

    parser_classes: list[type[BaseParser]] = [UploadParser]
    body_limit = UPLOAD_LIMIT

    def _body(self, declared: Operation, request: Request) -> Data:
        keep_in_memory(request._request)
        return super()._body(declared, request)
