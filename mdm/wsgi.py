"""The web application: connects as the web role, whose reads the database narrows to branches."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.settings")
os.environ["PANORAMA_DB_ROLE"] = (
    "app"  # whatever the machine says: only this role is narrowed by the database
)

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
