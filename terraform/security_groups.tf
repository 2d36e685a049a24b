# Each part has its group; rules name groups, never addresses, but for the way out to AWS's own endpoints.

locals {
  security_groups = {
    job           = "Batch jobs: batch-processor drain"
    load_balancer = "Internal load balancer of analysis-service"
    service       = "Tasks of analysis-service"
    database      = "PostgreSQL"
  }

  # who may reach whom, and on which port
  flows = {
    job_to_load_balancer     = { from = "job", to = "load_balancer", port = var.service_port }
    load_balancer_to_service = { from = "load_balancer", to = "service", port = var.service_port }
    service_to_database      = { from = "service", to = "database", port = 5432 }
  }

  # who talks to AWS's APIs, by NAT or by endpoints
  callers_of_aws = ["job", "service"]
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

resource "aws_vpc_security_group_egress_rule" "aws" {
  for_each = toset(local.callers_of_aws)

  security_group_id = aws_security_group.part[each.key].id
  description       = "AWS's APIs over TLS"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}
