# Each part has its group; rules name groups, never addresses, but for the way out to AWS's own endpoints.

locals {
  security_groups = merge(
    {
      job           = "Batch jobs: batch-processor drain"
      load_balancer = "Internal load balancer of analysis-service"
      service       = "Tasks of analysis-service"
      database      = "PostgreSQL"
    },
    local.gpu ? { gpu = "EC2 instances that carry the service's tasks" } : {},
    var.bastion ? { bastion = "Instance that forwards psql to the database" } : {},
  )

  # who may reach whom, and on which port
  flows = merge(
    {
      job_to_load_balancer     = { from = "job", to = "load_balancer", port = var.service_port }
      load_balancer_to_service = { from = "load_balancer", to = "service", port = var.service_port }
      service_to_database      = { from = "service", to = "database", port = 5432 }
    },
    var.bastion ? {
      bastion_to_database      = { from = "bastion", to = "database", port = 5432 }
      bastion_to_load_balancer = { from = "bastion", to = "load_balancer", port = var.service_port }
    } : {},
  )

  # who talks to AWS's APIs, by NAT, by endpoints or by an address of its own
  callers_of_aws = setsubtract(keys(local.security_groups), ["load_balancer", "database"])
}

resource "aws_security_group" "part" {
  for_each = local.security_groups

  name_prefix = "${local.name}-${replace(each.key, "_", "-")}-"
  description = each.value
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-${replace(each.key, "_", "-")}" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "flow" {
  for_each = local.flows

  security_group_id            = aws_security_group.part[each.value.to].id
  referenced_security_group_id = aws_security_group.part[each.value.from].id
  description                  = "From ${local.security_groups[each.value.from]}"
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "flow" {
  for_each = local.flows

  security_group_id            = aws_security_group.part[each.value.from].id
  referenced_security_group_id = aws_security_group.part[each.value.to].id
  description                  = "To ${local.security_groups[each.value.to]}"
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

# AWS's addresses are too many to name, and change.
resource "aws_vpc_security_group_egress_rule" "aws" {
  for_each = local.callers_of_aws

  security_group_id = aws_security_group.part[each.key].id
  description       = "AWS's APIs over TLS"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}
