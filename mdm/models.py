"""The kernel's models, gathered for Django; each lives beside what it is about."""

from mdm.bulk.models import LookupEntry, SourceRecord
from mdm.extension.models import AttributeDefinition, DictionaryVersion
from mdm.quality.models import QualityIssue
from mdm.rest.models import IdempotencyRecord
from mdm.runs import JobRun
from mdm.storage.models import Draft, StoredObject

__all__ = [
    "AttributeDefinition",
    "DictionaryVersion",
    "Draft",
    "IdempotencyRecord",
    "JobRun",
    "LookupEntry",
    "QualityIssue",
    "SourceRecord",
    "StoredObject",
]
