"""The supervisor's process: `python -m mdm.embedded VAR PIPE`, started by `mdm.embedded.up`."""

import os
import sys
from pathlib import Path

from mdm.embedded.supervisor import supervise

if os.fork() == 0:  # goes on in the background; the process that was started ends at once
    supervise(Path(sys.argv[1]), int(sys.argv[2]))
