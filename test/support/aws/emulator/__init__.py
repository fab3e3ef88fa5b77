"""An AWS account on a loopback port: moto's server with the additions that README.md in this folder lists."""

import os

# moto reads this at import: it then has AWS's managed policies, such as those of EMR.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
