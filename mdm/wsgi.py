"""The web application: connects as the web role, whose reads the database narrows to branches."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.settings")
os.environ.setdefault("PANORAMA_DB_ROLE", "app")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
