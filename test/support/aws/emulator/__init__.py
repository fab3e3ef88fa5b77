"""An AWS account on a loopback port: moto's server, and at the wire what it lacks (see README.md beside this file)."""

import os

# Read when moto is imported: the policies that AWS itself keeps, such as those of EMR.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
