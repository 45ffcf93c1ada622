"""The web application: connects as the web role, whose reads the database narrows to branches."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.settings")
os.environ["PANORAMA_DB_ROLE"] = (
    "app"  # whatever the machine says: only this role is narrowed by the database
)

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

application = get_wsgi_application()
_ = get_resolver().url_patterns  # all pages and endpoints are imported now, and not by whoever comes first

# A request makes tens of thousands of values and keeps none: looking through all that the process holds after every
# few hundred of them costs a tenth of it, and now and then a pause of a whole request. What is there now, stays.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 20)
