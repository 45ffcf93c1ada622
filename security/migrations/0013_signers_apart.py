"""The halves of the log's signing keys apart: the web's role reads the public one only, and writes neither.

It counts under which keys the private halves are sealed through a function, as the key tree shows it.
"""

from django.db import migrations

import security.crypto.fields
from mdm.conf import conf

_TABLE = "security_auditsigner"
_APP = conf.role_name("app")
_APART = f"""
REVOKE ALL ON {_TABLE} FROM "{_APP}";
GRANT SELECT (id, public, told, created_at) ON {_TABLE} TO "{_APP}";
CREATE FUNCTION panorama_signer_keys() RETURNS TABLE (key bytea, held bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT substring(material FROM 2 FOR 4), count(*) FROM public.{_TABLE} WHERE material IS NOT NULL GROUP BY 1 $$;
REVOKE ALL ON FUNCTION panorama_signer_keys() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION panorama_signer_keys() TO "{_APP}", "{conf.role_name("engine")}";
"""
_TOGETHER = f"""
DROP FUNCTION panorama_signer_keys();
REVOKE SELECT (id, public, told, created_at) ON {_TABLE} FROM "{_APP}";
GRANT SELECT, INSERT, UPDATE, DELETE ON {_TABLE} TO "{_APP}";
"""


class Migration(migrations.Migration):
    dependencies = [("security", "0012_client_secrets")]
    operations = [
        migrations.AddField(
            "auditsigner",
            "told",
            security.crypto.fields.SealedJSONField(
                domain="audit",
                null=True,
                purpose="security_auditsigner.told",
                verbose_name="sealed public key",
            ),
        ),
        migrations.RunSQL(_APART, _TOGETHER),
    ]
