"""`python -m vitrail.plan FOLDER` writes the plan's reference page and JSON Schema."""

import sys
from pathlib import Path

from vitrail.plan.reference import write_reference

write_reference(Path(sys.argv[1]))
