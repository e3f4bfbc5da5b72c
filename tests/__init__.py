"""Tests. Installations that they begin sign their people in by password alone."""

import os

os.environ.setdefault("ZAGUAN_SECOND_FACTOR", "off")
