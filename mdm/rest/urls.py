"""Everything under `/api`: each app brings its own endpoints in `<app>/api/urls.py`."""

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from mdm.rest import dictionary, documentation, routes  # noqa: F401 (registers how numbers look in addresses)

Routes = list[URLPattern | URLResolver]


def app_routes() -> Routes:
    """The endpoints of our own apps, lowest app first."""
    found: Routes = []
    for app in settings.HOUSE_APPS:
        if find_spec(f"{app}.api") and find_spec(f"{app}.api.urls"):
            found += import_module(f"{app}.api.urls").urlpatterns
    return found


version_1: Routes = [
    path("problems", documentation.ProblemTypesView.as_view()),
    path("openapi.json", documentation.DescriptionView.as_view(), name="description"),
    path("dictionary", dictionary.DictionaryView.as_view()),
    path("dictionary/versions", dictionary.VersionsView.as_view()),
    path("dictionary/differences", dictionary.DifferencesView.as_view()),
    path("dictionary/attributes", dictionary.AttributesView.as_view()),
    path("dictionary/attributes/<slug:facet>/<slug:name>", dictionary.AttributeView.as_view()),
    path("dictionary/attributes:preview", dictionary.ImpactView.as_view()),
    *app_routes(),
]

urlpatterns: Routes = [
    path("v1/", include(version_1)),
    path("docs", documentation.DocumentationView.as_view(), name="api_docs"),
    path("problems/<str:code>", documentation.problem_type_page),
    re_path("", csrf_exempt(documentation.unknown)),
]
