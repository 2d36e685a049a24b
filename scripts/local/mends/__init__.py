"""What moto does otherwise than AWS, and that this project's code, its Terraform or its scripts would notice.

Importing the package mends moto: each module holds one concern, each mend says what AWS does.
"""

from . import compute, database, events, frontend, network, queues, storage

__all__ = ["compute", "database", "events", "frontend", "network", "queues", "storage"]
