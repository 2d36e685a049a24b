"""EC2: security group rules."""

from moto.ec2.models.security_groups import SecurityGroupRule


def _description(self):
    """A rule that names a group has a description as one that names addresses has."""
    return self.ip_range.get("Description") or self.source_group.get("Description")


def _referenced_group(self):
    """The description is the rule's, no part of the group that it names."""
    return {name: value for name, value in self.source_group.items() if name != "Description"} or None


SecurityGroupRule.description = property(_description)
SecurityGroupRule.referenced_group_info = property(_referenced_group)
