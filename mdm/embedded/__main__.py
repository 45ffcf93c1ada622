"""The supervisor's process: `python -m mdm.embedded VAR PIPE`, started by `mdm.embedded.up`."""

import sys
from pathlib import Path

from mdm.embedded.supervisor import supervise

supervise(Path(sys.argv[1]), int(sys.argv[2]))
