"""What the launcher of a flex template runs: FLEX_TEMPLATE_PYTHON_PY_FILE of the batch image."""

import sys

from pipelines.flex_templates.launch import launch

if __name__ == "__main__":
    sys.exit(launch("batch"))
