"""RDS: settings that are read back as they were set, and instances that can be connected to."""

import json
from dataclasses import dataclass

from moto.rds.models import DBClusterParameterGroup, DBInstance, DBParameterGroup, MasterUserSecret

from .mend import mend


@dataclass(frozen=True)
class Server:
    """The PostgreSQL that stands for every instance; without one an instance has a name and no server."""

    host: str
    port: int
    user: str
    password: str


server = None


@mend(DBInstance, "__init__")
def _performance_insights_at_first(original, self, backend, *arguments, **named):
    """EnablePerformanceInsights is read back as PerformanceInsightsEnabled."""
    original(self, backend, *arguments, **named)
    self.performance_insights_enabled = bool(named.get("enable_performance_insights"))
    if server is not None:
        self.port = server.port


@mend(DBInstance, "update")
def _performance_insights_later(original, self, **named):
    """EnablePerformanceInsights is read back as PerformanceInsightsEnabled."""
    original(self, **named)
    if named.get("enable_performance_insights") is not None:
        self.performance_insights_enabled = bool(named["enable_performance_insights"])


@mend(DBParameterGroup, "update_parameters")
@mend(DBClusterParameterGroup, "update_cluster_parameters")
def _parameters_of_the_user(original, self, new_parameters):
    """A parameter that was set has the source `user`, by which DescribeDBParameters is asked."""
    original(self, [{**parameter, "Source": "user"} for parameter in new_parameters])


@mend(MasterUserSecret, "_generate_secret_string")
def _secret_of_the_server(original, self):
    """The managed secret holds user and password, and nothing else."""
    if server is None:
        return original(self)
    return json.dumps({"username": server.user, "password": server.password})


_address = DBInstance.address.fget
DBInstance.address = property(lambda self: _address(self) if server is None else server.host)
