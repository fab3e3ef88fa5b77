"""An AWS account on a loopback port: moto's server, and at the wire what it lacks (see README.md beside this file)."""
