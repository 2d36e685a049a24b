locals {
  # What jobs and tasks call: the queue, image and log by ECS's agent, the secrets. On EC2 ECS's agent has calls of its
  # own; the bastion talks to Systems Manager.
  interface_endpoints = toset(!var.interface_endpoints ? [] : concat(
    ["sqs", "ecr.api", "ecr.dkr", "logs", "secretsmanager"],
    local.gpu ? ["ecs", "ecs-agent", "ecs-telemetry"] : [],
    var.bastion ? ["ssm", "ssmmessages"] : [],
  ))
}

# The gateway to S3 costs nothing, and keeps the videos' bytes off the NAT gateway's bill.
resource "aws_vpc_endpoint" "s3" {
  count = var.vpc_id == null ? 1 : 0

  vpc_id            = local.vpc_id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [for table in concat(aws_route_table.public, values(aws_route_table.private)) : table.id]

  tags = { Name = "${local.name}-s3" }
}

resource "aws_security_group" "endpoints" {
  count = var.interface_endpoints ? 1 : 0

  name_prefix = "${local.name}-endpoints-"
  description = "Interface endpoints of AWS's APIs"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.name}-endpoints" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  for_each = toset(var.interface_endpoints ? local.callers_of_aws : [])

  security_group_id            = aws_security_group.endpoints[0].id
  referenced_security_group_id = aws_security_group.part[each.key].id
  description                  = "From ${local.security_groups[each.key]}"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.interface_endpoints

  vpc_id              = local.vpc_id
  service_name        = "com.amazonaws.${var.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = local.private_subnet_ids
  security_group_ids  = [aws_security_group.endpoints[0].id]
  private_dns_enabled = true

  tags = { Name = "${local.name}-${each.key}" }
}
